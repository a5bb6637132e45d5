// A hash map from texts to texts for tables larger than the processor's cache. A pair lies in one block of memory,
// behind a fixed `Head`; the table has its hash and its address side by side. A look-up waits for a line of the table,
// then for the block, where std::unordered_map waits for a bucket, a node, the key and the value, one after the other.
//
//     PackedMap<TimeNs> map;
//     map.put("key", "value", expires_at);
//     if (auto* record = map.find("key")) use(record->value(), record->head);
//
// A record stays where it is until it is put with a longer value, or erased. Strangers who choose many keys of one hash
// make look-ups long, as they do with std::unordered_map.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <new>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "system/memory/prefetch.hpp"

namespace matinee {

template <class Head, class Hash = std::hash<std::string_view>>
class PackedMap {
    static_assert(std::is_trivially_copyable_v<Head> && alignof(Head) <= alignof(uint64_t));

public:
    class Record {
    public:
        Record(const Record&) = delete;  // its texts lie behind it
        Head head;
        std::string_view key() const { return {bytes(), key_size_}; }
        std::string_view value() const { return {bytes() + key_size_, value_size_}; }

    private:
        friend PackedMap;
        const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
        char* bytes() { return reinterpret_cast<char*>(this + 1); }
        uint32_t key_size_;
        uint32_t value_size_;
        uint32_t room_;  ///< for the value
    };

    PackedMap() = default;
    PackedMap(PackedMap&& other) noexcept
        : slots_(std::exchange(other.slots_, {})), size_(std::exchange(other.size_, 0)) {}
    PackedMap& operator=(PackedMap&& other) noexcept {
        std::swap(slots_, other.slots_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~PackedMap() {
        for (const Slot& slot : slots_) discard(slot.record);
    }

    size_t size() const { return size_; }
    static uint64_t hash_of(std::string_view key) { return Hash()(key); }

    const Record* find(std::string_view key) const {
        const size_t place = place_of(hash_of(key), key);
        return place == kNowhere ? nullptr : slots_[place].record;
    }

    /// Hints that the key will be looked up, so that whoever has something else to do meanwhile need not wait then.
    void approach(std::string_view key) const {
        if (slots_.empty()) return;
        const uint64_t hash = hash_of(key);
        const Slot& home = slots_[hash & mask()];
        if (home.hash != hash) return;
        const auto* const record = reinterpret_cast<const char*>(home.record);
        for (size_t line = 0; line < sizeof(Record) + key.size() + 64; line += 64) matinee::prefetch(record + line);
    }

    /// Adds a pair, or gives its key another value and head. Neither may be a view into a record of this map.
    void put(std::string_view key, std::string_view value, const Head& head) {
        const uint64_t hash = hash_of(key);
        size_t place = place_of(hash, key);
        if (place == kNowhere) {
            if (4 * (size_ + 1) > 3 * slots_.size()) grow();
            place = free_place(slots_, hash);
            slots_[place] = {hash, make(key, value.size())};
            ++size_;
        } else if (slots_[place].record->room_ < value.size()) {
            discard(std::exchange(slots_[place].record, make(key, value.size())));
        }
        Record& record = *slots_[place].record;
        record.head = head;
        record.value_size_ = uint32_t(value.size());
        std::copy(value.begin(), value.end(), record.bytes() + record.key_size_);
    }

    /// True where there was such a key, which must not be a view into a record of this map either.
    bool erase(std::string_view key) {
        const size_t before = size_;
        erase_where(hash_of(key), [key](const Record& record) { return record.key() == key; });
        return size_ < before;
    }

    /// Of the records whose keys have that hash, nearly always one at most: erases those for which leaves(record) says
    /// so.
    template <class Leaves>
    void erase_where(uint64_t hash, Leaves leaves) {
        if (slots_.empty()) return;
        for (size_t at = hash & mask(); slots_[at].record != nullptr;) {
            if (slots_[at].hash == hash && leaves(std::as_const(*slots_[at].record)))
                empty(at);  // which may bring another one here
            else
                at = (at + 1) & mask();
        }
    }

private:
    struct Slot {
        uint64_t hash = 0;
        Record* record = nullptr;  ///< null: empty
    };

    static constexpr size_t kNowhere = SIZE_MAX;

    size_t mask() const { return slots_.size() - 1; }

    size_t place_of(uint64_t hash, std::string_view key) const {
        if (slots_.empty()) return kNowhere;
        for (size_t at = hash & mask(); slots_[at].record != nullptr; at = (at + 1) & mask()) {
            if (slots_[at].hash != hash) continue;
            const Record* const record = slots_[at].record;
            for (size_t line = 64; line < 256; line += 64)  // most values end there
                matinee::prefetch(reinterpret_cast<const char*>(record) + line);
            if (record->key() == key) return at;
        }
        return kNowhere;
    }

    static size_t free_place(const std::vector<Slot>& slots, uint64_t hash) {
        size_t at = hash & (slots.size() - 1);
        while (slots[at].record != nullptr) at = (at + 1) & (slots.size() - 1);
        return at;
    }

    void grow() {
        std::vector<Slot> wider(std::max<size_t>(16, 2 * slots_.size()));
        for (const Slot& slot : slots_)
            if (slot.record != nullptr) wider[free_place(wider, slot.hash)] = slot;
        slots_ = std::move(wider);
    }

    /// Those behind that were pushed on by it move up, so that no look-up stops short of them.
    void empty(size_t hole) {
        discard(slots_[hole].record);
        --size_;
        for (size_t at = (hole + 1) & mask(); slots_[at].record != nullptr; at = (at + 1) & mask()) {
            const size_t wanted = slots_[at].hash & mask();
            if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
            slots_[hole] = slots_[at];
            hole = at;
        }
        slots_[hole] = {};
    }

    static Record* make(std::string_view key, size_t room) {
        if (key.size() > UINT32_MAX || room > UINT32_MAX) throw std::length_error("a text of more than 4 GB");
        auto* const record = static_cast<Record*>(::operator new(sizeof(Record) + key.size() + room));
        record->key_size_ = uint32_t(key.size());
        record->room_ = uint32_t(room);
        std::copy(key.begin(), key.end(), record->bytes());
        return record;
    }
    static void discard(Record* record) { ::operator delete(record); }

    std::vector<Slot> slots_;  ///< as many as a power of two; a quarter of them at least is empty
    size_t size_ = 0;
};

}  // namespace matinee
