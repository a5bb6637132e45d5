// Access tokens whose signature this process has found genuine, so that a token is verified once and then looked up. That a
// signature holds stays true; whether the token has expired and its session lives is asked each time.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "system/gateway/route.hpp"

namespace matinee::accounts {

class VerifiedTokens {
public:
    /// Whose token it is; null where it is not known or has expired. Good until the next keep().
    const gateway::Principal* find(std::string_view token, TimeNs now) const {
        for (const Table* const table : {&young_, &old_})
            if (const auto found = table->find(token); found != table->end())
                return found->second.expires_at > now ? &found->second : nullptr;
        return nullptr;
    }
    void keep(std::string token, gateway::Principal principal) {
        if (young_.size() >= kMost) old_ = std::exchange(young_, {});
        young_.insert_or_assign(std::move(token), std::move(principal));
    }

private:
    /// Of each half; a token with what is known of it takes some 700 bytes. Who is forgotten is verified again.
    static constexpr size_t kMost = 1 << 14;

    /// A part of the signature, which is as good as random: only genuine tokens are in the tables.
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view token) const {
            return std::hash<std::string_view>()(token.size() < 64 ? token : token.substr(token.size() - 64, 32));
        }
    };
    using Table = std::unordered_map<std::string, gateway::Principal, Hash, std::equal_to<>>;
    Table young_, old_;
};

}  // namespace matinee::accounts
