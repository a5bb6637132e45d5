// What logical processes say to each other.
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/engine/message_queue.hpp"
#include "simulator/network/transfer.hpp"
#include "system/base/units.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/steering.hpp"

namespace matinee::world {

struct Payload {
    enum class Kind : uint8_t {
        FillRequest,    ///< a site asks its parent for an object (`bulk`: for a whole rendition, to prefill)
        FillReply,      ///< the object has arrived whole, or (`ok` false) could not be had
        ViewerRequest,  ///< a viewer of another site asks here
        ViewerStarted,  ///< the first byte has reached it; `time_ns` is when the last one should
        ViewerDone,     ///< all of it has
        ViewerRefused,  ///< too many connections
        ViewerCancel,   ///< the viewer no longer wants it
        Status,         ///< a site's report to the control plane
        Table,          ///< the control plane's table of all sites
        SessionOpens,   ///< a viewer opens the app, or (`bulk`) has been playing since before time 0
        SessionGranted, ///< the viewer's platform lets it play; it pressed play at `time_ns`
        SessionRefused, ///< it does not, or (`ok`) the viewer did not want to wait
        SessionEnds,    ///< the viewer has gone
    } kind;
    bool ok = true;
    bool bulk = false;
    bool has_room = true;  ///< Status
    uint32_t server = 0;   ///< of the asking site (Fill*)
    uint32_t number = 0;   ///< fill (Fill*) or viewer slot (Viewer*, Session*) at the asking site
    uint32_t request = 0;  ///< Viewer*: which request of that viewer; Session*: number of its session
    uint32_t playable = 0;
    cdn::ObjectKey key = 0;  ///< SessionOpens: names the viewer's random streams
    Bytes size = 0;
    TimeNs sent_ns = 0;  ///< Fill*: when it was asked; tells a late answer from one to a retry. SessionOpens: that
    TimeNs time_ns = 0;  ///< SessionOpens: patience with the answer to play
    network::Path path;  ///< Viewer*: the viewer's link, its round trip counting the way here
    float loss = 0;      ///< ViewerRequest: on that link; not yet taken off its scale
    const std::vector<cdn::SiteStatus>* table = nullptr;  ///< Table; lives as long as the run
};

using Message = engine::Message<Payload>;
using Inbox = engine::Inbox<Payload>;
using Outbox = engine::Outbox<Payload>;

}  // namespace matinee::world
