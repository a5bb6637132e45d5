// Access tokens whose signature this process has found genuine, so that a token is verified once and then looked up. That a
// signature holds stays true; whether the token has expired and its session lives is asked each time.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "system/gateway/route.hpp"
#include "system/memory/packed_map.hpp"

namespace matinee::accounts {

class VerifiedTokens {
public:
    /// Whose token it is; nothing where it is not known or has expired.
    std::optional<gateway::Principal> find(std::string_view token, TimeNs now) const {
        for (const Table* const table : {&young_, &old_}) {
            const Table::Record* const found = table->find(token);
            if (found == nullptr) continue;
            const Known& known = found->head;
            if (known.expires_at <= now) break;
            const std::string_view texts = found->value();
            const size_t country = known.user_size + known.session_size;
            return gateway::Principal{.user_id = std::string(texts.substr(0, known.user_size)),
                                      .session_id = std::string(texts.substr(known.user_size, known.session_size)),
                                      .country = std::string(texts.substr(country)),
                                      .expires_at = known.expires_at};
        }
        return std::nullopt;
    }
    /// A hint that find() follows soon, for the token at the end of this text.
    void approach(std::string_view text) const { young_.approach(text); }
    void keep(std::string_view token, const gateway::Principal& principal) {
        if (young_.size() >= kMost) old_ = std::exchange(young_, {});
        young_.put(token, principal.user_id + principal.session_id + principal.country,
                   {principal.expires_at, principal.user_id.size(), principal.session_id.size()});
    }

private:
    /// Of each half; a token with what is known of it takes some 600 bytes. Who is forgotten is verified again.
    static constexpr size_t kMost = 1 << 14;

    struct Known {  ///< before the texts
        TimeNs expires_at;
        size_t user_size, session_size;
    };
    /// A part of the signature, which is as good as random: only genuine tokens are in the tables.
    struct Hash {
        size_t operator()(std::string_view token) const {
            return std::hash<std::string_view>()(token.size() < 64 ? token : token.substr(token.size() - 64, 32));
        }
    };
    using Table = PackedMap<Known, Hash>;
    Table young_, old_;
};

}  // namespace matinee::accounts
