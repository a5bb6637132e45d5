// Elementary functions written from + - * / and bit operations, so that every processor and compiler gives the same bits
// (libm does not promise that). Accurate to about 2 units in the last place over the ranges stated; the square root and
// floor come from the hardware, which IEEE 754 defines exactly.
#pragma once

namespace matinee::math {

/// Natural logarithm. x > 0; log(0) is -infinity, negative x is NaN.
double log(double x);
/// e^x. Overflows to infinity above 709.78, underflows to 0 below -745.13.
double exp(double x);
/// 2^x.
double exp2(double x);
/// x^y for x > 0, as exp(y log x): relative error grows with |y log x| (about 1e-15 times that).
double pow(double x, double y);
/// Cosine of 2 pi x: the argument is in turns, which needs no reduction by pi.
double cos_turns(double x);
/// Quantile of the standard normal distribution, 0 < p < 1 (P. J. Acklam's approximation).
double normal_quantile(double p);

}  // namespace matinee::math
