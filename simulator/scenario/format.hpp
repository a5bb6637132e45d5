// The tables of the scenario format, one function per object; format.cpp puts them together.
#pragma once

#include <string>
#include <vector>

#include "simulator/scenario/codecs.hpp"
#include "simulator/scenario/scenario.hpp"
#include "simulator/scenario/shape.hpp"

namespace matinee::scenario {

Table<TimeSpec> time_table();
Table<population::Catalog> catalog_table();
Table<population::Release> release_table();
Table<Region> region_table();
Table<Device> device_table();
Table<population::Arrivals> arrivals_table();
Table<Cdn> cdn_table();
Table<Transport> transport_table();
Table<Fault> fault_table();
Table<services::Spec> services_table();
Table<Threshold> threshold_table();
Table<Outputs> outputs_table();

/// A mix of ways to reach viewers, in any of its spellings.
Codec<std::vector<Access>> access_codec();
/// Populations as written: a template may stand for several (regions x ISPs). `read` gives them expanded and
/// normalised.
Codec<std::vector<Population>> populations_codec();
std::vector<Device> default_devices();

/// The top level.
const Table<Scenario>& format_table();

}  // namespace matinee::scenario
