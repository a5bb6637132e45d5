// Policies once more, as plainly as their rules can be written: lists of objects, searched from end to end.
// No code is shared with system/cdn/cache. Slow on purpose.
#pragma once

#include <algorithm>
#include <cmath>
#include <list>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "system/cdn/cache/cache.hpp"

namespace matinee::cdn::naive {

struct Object {
    ObjectKey key = 0;
    Bytes size = 0;
    uint64_t frequency = 0;
    bool bit = false;
};

/// Front: newest. Back: oldest.
struct Queue {
    std::list<Object> objects;

    Bytes bytes() const {
        Bytes sum = 0;
        for (const Object& object : objects) sum += object.size;
        return sum;
    }
    std::list<Object>::iterator find(ObjectKey key) {
        return std::find_if(objects.begin(), objects.end(), [&](const Object& o) { return o.key == key; });
    }
    bool has(ObjectKey key) { return find(key) != objects.end(); }
    bool remove(ObjectKey key) {
        const auto it = find(key);
        if (it == objects.end()) return false;
        objects.erase(it);
        return true;
    }
    Object take_oldest() {
        const Object object = objects.back();
        objects.pop_back();
        return object;
    }
    Object take(ObjectKey key) {
        const Object object = *find(key);
        remove(key);
        return object;
    }
    void put(const Object& object) { objects.push_front(object); }
};

class Model {
public:
    explicit Model(Bytes capacity) : capacity_(capacity) {}
    virtual ~Model() = default;
    virtual Lookup request(ObjectKey key, Bytes size) {
        if (has(key)) {
            hit(key);
            return Lookup::Hit;
        }
        if (size > capacity_) return Lookup::Bypassed;
        while (used() + size > capacity_) evict();
        add(key, size);
        return Lookup::Inserted;
    }
    virtual bool insert(ObjectKey key, Bytes size) {
        if (has(key) || used() + size > capacity_) return false;
        add(key, size);
        return true;
    }
    virtual bool has(ObjectKey key) = 0;
    virtual bool erase(ObjectKey key) = 0;
    virtual Bytes used() const = 0;
    virtual size_t objects() const = 0;

protected:
    virtual void hit(ObjectKey) {}
    virtual void evict() {}
    virtual void add(ObjectKey, Bytes) {}
    Bytes capacity_;
};

class OneQueue : public Model {
public:
    using Model::Model;
    bool has(ObjectKey key) override { return queue_.has(key); }
    bool erase(ObjectKey key) override { return queue_.remove(key); }
    Bytes used() const override { return queue_.bytes(); }
    size_t objects() const override { return queue_.objects.size(); }

protected:
    void evict() override { queue_.take_oldest(); }
    void add(ObjectKey key, Bytes size) override { queue_.put({key, size, 0, false}); }
    Queue queue_;
};

class Fifo : public OneQueue {
public:
    using OneQueue::OneQueue;
};

class Lru : public OneQueue {
public:
    using OneQueue::OneQueue;

protected:
    void hit(ObjectKey key) override { queue_.put(queue_.take(key)); }
};

class Clock : public OneQueue {
public:
    using OneQueue::OneQueue;

protected:
    void hit(ObjectKey key) override { queue_.find(key)->bit = true; }
    void evict() override {
        while (queue_.objects.back().bit) {
            Object object = queue_.take_oldest();
            object.bit = false;
            queue_.put(object);
        }
        queue_.take_oldest();
    }
};

class Sieve : public OneQueue {
public:
    using OneQueue::OneQueue;
    bool erase(ObjectKey key) override {
        if (hand_set_ && hand_ == key) move_hand();
        return OneQueue::erase(key);
    }

protected:
    void hit(ObjectKey key) override { queue_.find(key)->bit = true; }
    void evict() override {
        if (!hand_set_) set_to_oldest();
        while (queue_.find(hand_)->bit) {
            queue_.find(hand_)->bit = false;
            move_hand();
            if (!hand_set_) set_to_oldest();
        }
        const ObjectKey victim = hand_;
        move_hand();
        queue_.remove(victim);
    }

private:
    void set_to_oldest() {
        hand_ = queue_.objects.back().key;
        hand_set_ = true;
    }
    void move_hand() {
        auto it = queue_.find(hand_);
        hand_set_ = it != queue_.objects.begin();
        if (hand_set_) hand_ = std::prev(it)->key;
    }
    ObjectKey hand_ = 0;
    bool hand_set_ = false;
};

/// Each object in the order in which it reached its frequency.
class Lfu : public OneQueue {
public:
    using OneQueue::OneQueue;

protected:
    void add(ObjectKey key, Bytes size) override { queue_.put({key, size, 1, false}); }
    void hit(ObjectKey key) override {
        Object object = queue_.take(key);
        ++object.frequency;
        queue_.put(object);
    }
    void evict() override {
        const Object* victim = &queue_.objects.back();
        for (auto it = queue_.objects.rbegin(); it != queue_.objects.rend(); ++it) {
            if (it->frequency < victim->frequency) victim = &*it;
        }
        queue_.remove(victim->key);
    }
};

class S3Fifo : public Model {
public:
    explicit S3Fifo(Bytes capacity)
        : Model(capacity),
          small_capacity_(Bytes(std::floor(0.10 * double(capacity)))),
          main_capacity_(capacity - small_capacity_),
          ghost_capacity_(Bytes(std::floor(0.90 * double(capacity)))) {}

    Lookup request(ObjectKey key, Bytes size) override {
        if (small_.has(key)) {
            ++small_.find(key)->frequency;
            return Lookup::Hit;
        }
        const bool was_ghost = ghost_.remove(key);
        if (main_.has(key)) {
            ++main_.find(key)->frequency;
            return Lookup::Hit;
        }
        if (size > small_capacity_) return Lookup::Bypassed;
        while (used() + size > capacity_) evict();
        if (was_ghost) {
            main_.put({key, size, 0, false});
            return Lookup::Inserted;
        }
        if (size == small_capacity_) return Lookup::Bypassed;
        small_.put({key, size, 0, false});
        return Lookup::Inserted;
    }
    bool insert(ObjectKey key, Bytes size) override {
        if (has(key) || used() + size > capacity_) return false;
        ghost_.remove(key);
        main_.put({key, size, 0, false});
        return true;
    }
    bool has(ObjectKey key) override { return small_.has(key) || main_.has(key); }
    bool erase(ObjectKey key) override { return small_.remove(key) || main_.remove(key); }
    Bytes used() const override { return small_.bytes() + main_.bytes(); }
    size_t objects() const override { return small_.objects.size() + main_.objects.size(); }

protected:
    void evict() override {
        if (main_.bytes() > main_capacity_ || small_.bytes() == 0) {
            while (main_.bytes() > 0) {
                Object object = main_.take_oldest();
                if (object.frequency == 0) return;
                object.frequency = std::min<uint64_t>(object.frequency, 3) - 1;
                main_.put(object);
            }
        } else {
            while (small_.bytes() > 0) {
                Object object = small_.take_oldest();
                if (object.frequency < 2) {
                    remember(object);
                    return;
                }
                object.frequency = 0;
                main_.put(object);
            }
        }
    }

private:
    void remember(const Object& object) {
        if (ghost_capacity_ == 0 || object.size > ghost_capacity_) return;
        while (ghost_.bytes() + object.size > ghost_capacity_) ghost_.take_oldest();
        ghost_.put(object);
    }
    Bytes small_capacity_;
    Bytes main_capacity_;
    Bytes ghost_capacity_;
    Queue small_, main_, ghost_;
};

class Arc : public Model {
public:
    using Model::Model;

    Lookup request(ObjectKey key, Bytes size) override {
        if (t1_.has(key) || t2_.has(key)) {
            t2_.put(t1_.has(key) ? t1_.take(key) : t2_.take(key));
            return Lookup::Hit;
        }
        const bool in_b1 = b1_.has(key);
        const bool in_b2 = b2_.has(key);
        const double b1 = double(b1_.bytes());
        const double b2 = double(b2_.bytes());
        if (in_b1) p_ = std::min(p_ + std::max(ratio(b2, b1), 1.0), double(capacity_));
        if (in_b2) p_ = std::max(p_ - std::max(ratio(b1, b2), 1.0), 0.0);
        b1_.remove(key);
        b2_.remove(key);
        if (size > capacity_) return Lookup::Bypassed;
        while (used() + size > capacity_) {
            if (in_b1 || in_b2) {
                replace(in_b2);
            } else if (t1_.bytes() + b1_.bytes() + size > capacity_) {
                if (b1_.bytes() > 0) {
                    b1_.take_oldest();
                    replace(false);
                } else {
                    t1_.take_oldest();
                }
            } else {
                if (used() + b1_.bytes() + b2_.bytes() >= 2 * capacity_ && b2_.bytes() > 0) b2_.take_oldest();
                replace(false);
            }
        }
        (in_b1 || in_b2 ? t2_ : t1_).put({key, size, 0, false});
        return Lookup::Inserted;
    }
    bool insert(ObjectKey key, Bytes size) override {
        if (has(key) || used() + size > capacity_) return false;
        b1_.remove(key);
        b2_.remove(key);
        t1_.put({key, size, 0, false});
        while (b1_.bytes() > 0 && t1_.bytes() + b1_.bytes() > capacity_) b1_.take_oldest();
        return true;
    }
    bool has(ObjectKey key) override { return t1_.has(key) || t2_.has(key); }
    bool erase(ObjectKey key) override { return t1_.remove(key) || t2_.remove(key); }
    Bytes used() const override { return t1_.bytes() + t2_.bytes(); }
    size_t objects() const override { return t1_.objects.size() + t2_.objects.size(); }

private:
    /// With empty objects alone in a ghost list: 0/0 counts as 1, x/0 as beyond any p.
    static double ratio(double a, double b) { return b > 0 ? a / b : a > 0 ? 1e300 : 1; }

    void replace(bool in_b2) {
        const double t1 = double(t1_.bytes());
        if ((t1 > 0 && (t1 > p_ || (t1 == p_ && in_b2))) || t2_.bytes() == 0) {
            b1_.put(t1_.take_oldest());
        } else {
            b2_.put(t2_.take_oldest());
        }
    }
    Queue t1_, t2_, b1_, b2_;
    double p_ = 0;
};

class Gdsf : public Model {
public:
    using Model::Model;
    bool has(ObjectKey key) override { return objects_.contains(key); }
    bool erase(ObjectKey key) override { return objects_.erase(key) > 0; }
    Bytes used() const override {
        Bytes sum = 0;
        for (const auto& [key, object] : objects_) sum += object.size;
        return sum;
    }
    size_t objects() const override { return objects_.size(); }

protected:
    struct Ranked {
        Bytes size;
        double frequency;
        double priority;
        uint64_t accessed;
    };
    void rank(Ranked& object) {
        object.priority = last_victim_ + object.frequency * 1e6 / double(std::max<Bytes>(object.size, 1));
        object.accessed = ++accesses_;
    }
    void add(ObjectKey key, Bytes size) override {
        Ranked object{size, 1, 0, 0};
        rank(object);
        objects_[key] = object;
    }
    void hit(ObjectKey key) override {
        Ranked& object = objects_[key];
        object.frequency += 1;
        rank(object);
    }
    void evict() override {
        auto victim = objects_.begin();
        for (auto it = objects_.begin(); it != objects_.end(); ++it) {
            const Ranked &a = it->second, &b = victim->second;
            if (a.priority < b.priority || (a.priority == b.priority && a.accessed < b.accessed)) victim = it;
        }
        last_victim_ = victim->second.priority;
        objects_.erase(victim);
    }
    std::map<ObjectKey, Ranked> objects_;
    double last_victim_ = 0;
    uint64_t accesses_ = 0;
};

}  // namespace matinee::cdn::naive
