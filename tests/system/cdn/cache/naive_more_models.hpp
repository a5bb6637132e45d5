// The younger half of the naive models: SLRU, 2Q, W-TinyLFU, Belady, and make() for all. See naive_models.hpp.
#pragma once

#include "system/base/digest.hpp"
#include "tests/system/cdn/cache/naive_models.hpp"

namespace matinee::cdn::naive {

/// Segments of LRU, the lowest first. Not a cache: what SLRU and W-TinyLFU's main part have in common.
struct Stack {
    std::vector<Bytes> shares;
    std::vector<Queue> segments = std::vector<Queue>(shares.size());

    Bytes bytes() const {
        Bytes sum = 0;
        for (const Queue& segment : segments) sum += segment.bytes();
        return sum;
    }
    size_t objects() const {
        size_t sum = 0;
        for (const Queue& segment : segments) sum += segment.objects.size();
        return sum;
    }
    bool has(ObjectKey key) {
        return std::any_of(segments.begin(), segments.end(), [&](Queue& segment) { return segment.has(key); });
    }
    bool remove(ObjectKey key) {
        return std::any_of(segments.begin(), segments.end(), [&](Queue& segment) { return segment.remove(key); });
    }
    Queue& lowest_with_bytes() {
        for (Queue& segment : segments)
            if (segment.bytes() > 0) return segment;
        throw std::logic_error("nothing to evict");
    }
    bool some_segment_has_room(Bytes size) const {
        for (size_t i = 0; i < segments.size(); ++i)
            if (segments[i].bytes() + size <= shares[i]) return true;
        return false;
    }
    void add(const Object& object) {
        for (size_t i = 0; i < segments.size(); ++i) {
            if (segments[i].bytes() + object.size > shares[i]) continue;
            segments[i].put(object);
            return;
        }
        segments[0].put(object);
    }
    void hit(ObjectKey key) {
        size_t at = 0;
        while (!segments[at].has(key)) ++at;
        const Object object = segments[at].take(key);
        if (at + 1 == segments.size() || object.size > shares[at + 1]) {
            segments[at].put(object);
            return;
        }
        segments[at + 1].put(object);
        cool(at + 1);
    }
    void cool(size_t at) {
        while (segments[at].bytes() > shares[at]) {
            const Object object = segments[at].take_oldest();
            if (at == 0) continue;
            segments[at - 1].put(object);
            cool(at - 1);
        }
    }
};

class Slru : public Model {
public:
    explicit Slru(Bytes capacity) : Model(capacity), stack_{std::vector<Bytes>(4, capacity / 4)} {}
    Lookup request(ObjectKey key, Bytes size) override {
        return !has(key) && size > capacity_ / 4 ? Lookup::Bypassed : Model::request(key, size);
    }
    bool has(ObjectKey key) override { return stack_.has(key); }
    bool erase(ObjectKey key) override { return stack_.remove(key); }
    Bytes used() const override { return stack_.bytes(); }
    size_t objects() const override { return stack_.objects(); }

protected:
    void hit(ObjectKey key) override { stack_.hit(key); }
    void evict() override { stack_.lowest_with_bytes().take_oldest(); }
    void add(ObjectKey key, Bytes size) override { stack_.add({key, size, 0, false}); }

private:
    Stack stack_;
};

class TwoQ : public Model {
public:
    using Model::Model;
    Lookup request(ObjectKey key, Bytes size) override {
        if (in_.has(key)) return Lookup::Hit;
        if (main_.has(key)) {
            main_.put(main_.take(key));
            return Lookup::Hit;
        }
        const bool was_ghost = out_.remove(key);
        if (size > in_share()) return Lookup::Bypassed;
        while (used() + size > capacity_) evict();
        if (was_ghost) {
            while (main_.bytes() + size > capacity_ - in_share()) main_.take_oldest();
            main_.put({key, size, 0, false});
        } else {
            in_.put({key, size, 0, false});
        }
        return Lookup::Inserted;
    }
    bool insert(ObjectKey key, Bytes size) override {
        if (has(key) || used() + size > capacity_) return false;
        out_.remove(key);
        (main_.bytes() + size <= capacity_ - in_share() ? main_ : in_).put({key, size, 0, false});
        return true;
    }
    bool has(ObjectKey key) override { return in_.has(key) || main_.has(key); }
    bool erase(ObjectKey key) override { return in_.remove(key) || main_.remove(key); }
    Bytes used() const override { return in_.bytes() + main_.bytes(); }
    size_t objects() const override { return in_.objects.size() + main_.objects.size(); }

protected:
    void evict() override {
        if (in_.bytes() <= in_share() && main_.bytes() > 0) {
            main_.take_oldest();
            return;
        }
        const Object object = in_.take_oldest();
        if (object.size > capacity_ / 2) return;
        while (out_.bytes() + object.size > capacity_ / 2) out_.take_oldest();
        out_.put(object);
    }

private:
    Bytes in_share() const { return capacity_ / 4; }
    Queue in_, main_, out_;
};

/// The sketch is part of the rule, so it is here as well: 4 places for a key in a table that doubles with its contents.
class Counts {
public:
    uint32_t of(ObjectKey key) const {
        uint32_t least = 65535;
        for (const size_t place : places(key)) least = std::min(least, table_[place]);
        return least;
    }
    void add(ObjectKey key, size_t objects) {
        while (table_.size() < 8 * objects) {
            const std::vector<uint32_t> copy = table_;
            table_.insert(table_.end(), copy.begin(), copy.end());
        }
        const uint32_t least = of(key);
        for (const size_t place : places(key)) table_[place] = std::max(table_[place], std::min(least + 1, 65535u));
    }
    void halve() {
        for (uint32_t& count : table_) count /= 2;
    }

private:
    std::vector<size_t> places(ObjectKey key) const {
        const uint64_t hash = mix64(key);
        std::vector<size_t> all;
        for (uint64_t i = 0; i < 4; ++i)
            all.push_back(size_t((hash % (1ull << 32) + i * ((hash >> 32) | 1)) % table_.size()));
        return all;
    }
    std::vector<uint32_t> table_ = std::vector<uint32_t>(1024);
};

class WTinyLfu : public Model {
public:
    explicit WTinyLfu(Bytes capacity)
        : Model(capacity),
          window_share_(capacity / 100),
          main_share_(capacity - window_share_),
          main_{{main_share_ / 5, 4 * main_share_ / 5}} {}

    Lookup request(ObjectKey key, Bytes size) override {
        if (window_.has(key)) {
            window_.put(window_.take(key));
            return Lookup::Hit;
        }
        if (main_.has(key)) {
            main_.hit(key);
            see(key);
            if (++main_hits_ >= 32 * main_share_) {
                main_hits_ = 0;
                counts_.halve();
            }
            return Lookup::Hit;
        }
        if (size > window_share_ || size > main_.shares[0]) return Lookup::Bypassed;
        while (used() + size > capacity_) evict();
        window_.put({key, size, 0, false});
        see(key);
        return Lookup::Inserted;
    }
    bool insert(ObjectKey key, Bytes size) override {
        if (has(key) || used() + size > capacity_) return false;
        const Object object{key, size, 0, false};
        if (main_.bytes() + size <= main_share_) {
            main_.add(object);
        } else {
            window_.put(object);
        }
        see(key);
        return true;
    }
    bool has(ObjectKey key) override { return window_.has(key) || main_.has(key); }
    bool erase(ObjectKey key) override { return window_.remove(key) || main_.remove(key); }
    Bytes used() const override { return window_.bytes() + main_.bytes(); }
    size_t objects() const override { return window_.objects.size() + main_.objects(); }

protected:
    void evict() override {
        while (window_.bytes() > 0) {
            const Object candidate = window_.objects.back();
            const bool fits = main_.bytes() + candidate.size <= main_share_;
            bool admitted = fits;
            if (!fits && candidate.size <= main_.shares[0]) {
                Queue& losers = main_.lowest_with_bytes();
                admitted = counts_.of(candidate.key) > counts_.of(losers.objects.back().key);
                if (admitted) losers.take_oldest();
            }
            see(candidate.key);
            window_.take_oldest();
            if (admitted) {
                while (!main_.some_segment_has_room(candidate.size) && main_.bytes() + candidate.size > main_share_)
                    main_.lowest_with_bytes().take_oldest();
                main_.add(candidate);
            }
            if (!fits) return;
        }
        main_.lowest_with_bytes().take_oldest();
    }

private:
    void see(ObjectKey key) { counts_.add(key, objects()); }

    Bytes window_share_, main_share_;
    Queue window_;
    Stack main_;
    Counts counts_;
    uint64_t main_hits_ = 0;
};

/// Looks for each object's next request by walking through the rest of the trace.
class Belady : public OneQueue {
public:
    Belady(Bytes capacity, std::vector<ObjectKey> trace) : OneQueue(capacity), trace_(std::move(trace)) {}
    Lookup request(ObjectKey key, Bytes size) override {
        ++at_;
        return OneQueue::request(key, size);
    }

protected:
    void hit(ObjectKey key) override { queue_.put(queue_.take(key)); }
    void evict() override {
        const Object* victim = nullptr;
        size_t farthest = 0;
        for (auto it = queue_.objects.rbegin(); it != queue_.objects.rend(); ++it) {  // the oldest access first
            size_t next = at_;
            while (next < trace_.size() && trace_[next] != it->key) ++next;
            if (victim != nullptr && next <= farthest) continue;
            victim = &*it;
            farthest = next;
        }
        queue_.remove(victim->key);
    }

private:
    std::vector<ObjectKey> trace_;
    size_t at_ = 0;  // requests made
};

inline std::unique_ptr<Model> make(Eviction eviction, Bytes capacity) {
    switch (eviction) {
        case Eviction::Lru:
            return std::make_unique<Lru>(capacity);
        case Eviction::Fifo:
            return std::make_unique<Fifo>(capacity);
        case Eviction::Clock:
            return std::make_unique<Clock>(capacity);
        case Eviction::Lfu:
            return std::make_unique<Lfu>(capacity);
        case Eviction::Sieve:
            return std::make_unique<Sieve>(capacity);
        case Eviction::S3Fifo:
            return std::make_unique<S3Fifo>(capacity);
        case Eviction::Arc:
            return std::make_unique<Arc>(capacity);
        case Eviction::Gdsf:
            return std::make_unique<Gdsf>(capacity);
        case Eviction::WTinyLfu:
            return std::make_unique<WTinyLfu>(capacity);
        case Eviction::Slru:
            return std::make_unique<Slru>(capacity);
        case Eviction::TwoQ:
            return std::make_unique<TwoQ>(capacity);
        case Eviction::Belady:
            break;  // wants the trace
    }
    return nullptr;
}

}  // namespace matinee::cdn::naive
