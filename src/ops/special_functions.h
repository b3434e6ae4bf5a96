// Special functions that several ops need.
#pragma once

namespace hornbeam {

double digamma(double x);  // unary_special.cpp

}  // namespace hornbeam
