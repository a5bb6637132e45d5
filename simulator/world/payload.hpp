// What logical processes say to each other.
#pragma once

#include <cstdint>
#include <vector>

#include "simulator/engine/message_queue.hpp"
#include "system/base/units.hpp"
#include "system/cdn/cache/cache.hpp"
#include "system/cdn/steering.hpp"

namespace matinee::world {

/// A message of one line of the processor's cache. What is in the union follows from the kind.
struct Payload {
    enum class Kind : uint8_t {
        FillRequest,    ///< `fill`: a site asks its parent for an object (`bulk`: for a whole rendition, to prefill)
        FillReply,      ///< `fill`: it has arrived whole, or (`ok` false) could not be had
        ViewerRequest,  ///< `viewer`: a viewer of another site asks here
        ViewerStarted,  ///< `news`: the first byte has reached it
        ViewerDone,     ///< `news`: all of it has
        ViewerRefused,  ///< `news`: too many connections
        ViewerCancel,   ///< `news`: the viewer no longer wants it
        Status,         ///< a site's report to the control plane
        Table,          ///< `table`: the control plane's table of all sites
        SessionOpens,   ///< `visit`: a viewer opens the app, or (`bulk`) has been playing since before time 0
        SessionGranted, ///< `verdict`: the viewer's platform lets it play
        SessionRefused, ///< `verdict`: it does not, or (`ok`) the viewer did not want to wait
        SessionEnds,    ///< `verdict`: the viewer has gone
    } kind = Kind::Status;
    bool ok = true;
    bool bulk = false;
    bool has_room = true;      ///< Status
    uint32_t number = 0;       ///< fill or viewer slot at the asking site
    cdn::ObjectKey key = 0;    ///< Fill*, ViewerRequest; SessionOpens: names the viewer's random streams

    struct Fill {
        uint32_t playable;
        uint32_t size;         ///< of one object; a rendition's follows from the key
        TimeNs sent_ns;        ///< when it was asked; tells a late answer from one to a retry
        TimeNs one_way_ns;
        float scale;           ///< of World::fill_path
        uint16_t server;       ///< of the asking site
    };
    struct Viewer {            ///< its link, the round trip counting the way here
        uint32_t request;      ///< which of that viewer
        uint32_t rtt_ns;
        TimeNs row_start_ns;
        uint32_t row;
        uint32_t window_bytes;
        float scale;
        float loss;            ///< on that link; not yet taken off its scale
    };
    struct News {
        uint32_t request;
        uint32_t window_bytes; ///< ViewerDone
        TimeNs ends_ns;        ///< ViewerStarted: when the last byte should be there
    };
    struct Visit {
        uint32_t session;      ///< its number at the site
        uint32_t playable;
        TimeNs opened_ns;
        TimeNs patience_ns;    ///< with the answer to play
        TimeNs one_way_ns;
    };
    struct Verdict {
        uint32_t session;
        TimeNs pressed_ns;     ///< Granted: when it pressed play
    };
    union {
        Fill fill{};
        Viewer viewer;
        News news;
        Visit visit;
        Verdict verdict;
        const std::vector<cdn::SiteStatus>* table;  ///< lives as long as the run
    };
};

using Message = engine::Message<Payload>;
static_assert(sizeof(Message) == 64);
using Inbox = engine::Inbox<Payload>;
using Outbox = engine::Outbox<Payload>;

}  // namespace matinee::world
