#include "system/base/math.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace matinee::math {

namespace {
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

double scale_by_power_of_two(double x, int64_t exponent) {
    // Two steps so that results in the subnormal range are rounded once.
    const int64_t first = exponent / 2;
    const int64_t second = exponent - first;
    return x * std::bit_cast<double>(uint64_t(1023 + first) << 52) * std::bit_cast<double>(uint64_t(1023 + second) << 52);
}
}  // namespace

// x = 2^k (1+f), log(1+f) = 2 atanh(s) with s = f/(2+f): a series in s^2 that converges quickly as |s| < 0.1716.
double log(double x) {
    if (!(x > 0)) return x == 0 ? -kInfinity : std::numeric_limits<double>::quiet_NaN();
    if (x == kInfinity) return x;
    int64_t k = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    uint64_t bits = std::bit_cast<uint64_t>(x);
    k += int64_t(bits >> 52) - 1023;
    double m = std::bit_cast<double>((bits & 0x000fffffffffffffull) | 0x3ff0000000000000ull);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        ++k;
    }
    const double f = m - 1;
    const double s = f / (2 + f);
    const double z = s * s;
    double series = 1.0 / 23;
    for (const double odd : {21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0}) series = series * z + 1 / odd;
    // log(1+f) = f - f^2/2 + s (f^2/2 + 2 z series): keeps the leading term exact.
    const double half_square = 0.5 * f * f;
    const double tail = s * (half_square + 2 * z * series);
    return double(k) * kLn2High - ((half_square - (tail + double(k) * kLn2Low)) - f);
}

// x = k ln2 + r with |r| <= ln2/2, then a Taylor polynomial of degree 13 in r.
double exp(double x) {
    if (x != x) return x;
    if (x > 709.782712893384) return kInfinity;
    if (x < -745.1332191019411) return 0;
    const double k = std::floor(x * 1.4426950408889634 + 0.5);
    const double r = (x - k * kLn2High) - k * kLn2Low;
    double p = 1.0 / 6227020800.0;
    for (const double factorial : {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0,
                                   2.0})
        p = p * r + 1 / factorial;
    return scale_by_power_of_two(1 + (r + r * r * p), int64_t(k));
}

double exp2(double x) {
    if (x != x) return x;
    if (x >= 1024) return kInfinity;
    if (x < -1075) return 0;
    const double k = std::floor(x + 0.5);
    return scale_by_power_of_two(exp((x - k) * 0.6931471805599453), int64_t(k));
}

double pow(double x, double y) { return y == 0 ? 1 : exp(y * log(x)); }

double cos_turns(double x) {
    x -= std::floor(x);              // [0, 1)
    if (x > 0.5) x = 1 - x;          // even about a half turn
    const bool negative = x > 0.25;  // cos(pi - a) = -cos(a)
    if (negative) x = 0.5 - x;
    const double a = x * 6.283185307179586;
    const double z = a * a;
    double sum = 1;
    double term = 1;
    for (int n = 1; n <= 11; ++n) {
        term *= -z / double((2 * n - 1) * (2 * n));
        sum += term;
    }
    return negative ? -sum : sum;
}

double normal_quantile(double p) {
    constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
                            1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
    constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                            -1.328068155288572e+01};
    constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                            -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
    constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
    const auto tail = [&](double q) {
        return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
               ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
    };
    constexpr double low = 0.02425;
    if (p < low) return tail(std::sqrt(-2 * log(p)));
    if (p > 1 - low) return -tail(std::sqrt(-2 * log(1 - p)));
    const double q = p - 0.5;
    const double r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

}  // namespace matinee::math
