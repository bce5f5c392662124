// Runs the scenarios of docs/peers.md on CAF, and prints JSON lines.
#include <cstdio>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench.hpp"
#include "memory.hpp"

namespace {

constexpr int protocol = 1;

struct misuse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct request {
  scenario what;
  int64_t threads = std::max(1u, std::thread::hardware_concurrency());
  int64_t iterations = 1;
  int64_t warmups = 0;
  int64_t seed = 1;
  int64_t batch = 0; // CAF's own if 0
  std::string policy = "stealing";
};

scenario named(const std::string& name) {
  for (auto family : {flow_scenarios, creation_scenarios, meeting_scenarios, bank_scenarios, queens_scenarios, latency_scenarios})
    for (auto& known : family())
      if (known.name == name)
        return known;
  throw misuse("no scenario is called " + name);
}

int64_t whole(const std::string& text) {
  size_t end = 0;
  int64_t number = 0;
  try {
    number = std::stoll(text, &end);
  } catch (const std::logic_error&) {
  }
  if (end == 0 || end != text.size())
    throw misuse("'" + text + "' is no whole number");
  return number;
}

void set_parameter(parameters& of, const std::string& text) {
  auto equals = std::min(text.find('='), text.size() - 1);
  auto found = of.find(text.substr(0, equals));
  if (found == of.end() || (found->second = whole(text.substr(equals + 1))) < 1)
    throw misuse("-p " + text + ": not a parameter of the scenario with a whole number from 1");
}

request parse(const std::vector<std::string>& arguments) {
  if (arguments.empty())
    throw misuse("usage: zbench-caf SCENARIO --threads T --iterations N --seed S [--warmups W]"
                 " [-p KEY=VALUE ...] [--batch B] [--policy stealing|sharing]");
  request asked{named(arguments[0])};
  std::map<std::string, int64_t*> numbers{{"--threads", &asked.threads}, {"--iterations", &asked.iterations},
    {"--warmups", &asked.warmups}, {"--seed", &asked.seed}, {"--batch", &asked.batch}};
  for (size_t i = 1; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size())
      throw misuse(arguments[i] + " needs a value");
    if (arguments[i] == "-p")
      set_parameter(asked.what.defaults, arguments[i + 1]);
    else if (arguments[i] == "--policy")
      asked.policy = arguments[i + 1];
    else if (auto found = numbers.find(arguments[i]); found != numbers.end())
      *found->second = whole(arguments[i + 1]);
    else
      throw misuse("no option is called " + arguments[i]);
  }
  if (asked.policy != "stealing" && asked.policy != "sharing")
    throw misuse("no policy is called " + asked.policy);
  return asked;
}

template <class Numbers>
std::string object(const Numbers& numbers) {
  std::ostringstream out;
  auto separator = "{";
  for (auto& [name, number] : numbers) {
    out << separator << '"' << name << "\": " << number;
    separator = ", ";
  }
  return numbers.empty() ? "{}" : out.str() + "}";
}

std::string or_null(const std::optional<int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

std::string buckets(const std::optional<histogram>& latencies) {
  if (!latencies)
    return "null";
  std::string result = "[";
  for (auto& [ns, count] : latencies->lines())
    result += (result.size() > 1 ? ", [" : "[") + std::to_string(ns) + ", " + std::to_string(count) + "]";
  return result + "]";
}

void print_peer(const request& asked) {
  std::cout << "{\"kind\": \"peer\", \"protocol\": " << protocol << ", \"peer\": \"caf\", \"version\": \"" << CAF_MAJOR_VERSION
            << '.' << CAF_MINOR_VERSION << '.' << CAF_PATCH_VERSION << "\", \"runtime\": \"" << COMPILER
            << "\", \"threads\": " << asked.threads << ", \"options\": {\"batch\": \""
            << (asked.batch == 0 ? "until empty" : std::to_string(asked.batch))
            << "\", \"policy\": \"" << asked.policy << "\", \"allocator\": \"" << allocator_name << "\"}}" << std::endl;
}

std::string fault_of(const outcome& got, const expectation& right) {
  if (!got.fault.empty())
    return got.fault;
  if (got.messages != right.messages)
    return std::to_string(got.messages) + " messages were received, not " + std::to_string(right.messages);
  if (got.answer != right.answer)
    return "the answer is " + std::to_string(got.answer) + ", not " + std::to_string(right.answer);
  return {};
}

// One iteration and its line; false if the answer is wrong.
bool iterate(const request& asked, const expectation& right, caf::actor_system& system, int64_t iteration) {
  auto& what = asked.what;
  auto got = what.run({system, what.defaults, static_cast<uint64_t>(asked.seed)});
  auto fault = fault_of(got, right);
  std::cout << "{\"kind\": \"iteration\", \"scenario\": \"" << what.name << "\", \"parameters\": " << object(what.defaults)
            << ", \"iteration\": " << iteration << ", \"warmup\": " << (iteration < asked.warmups ? "true" : "false")
            << ", \"elapsed_ns\": " << got.elapsed_ns << ", \"messages\": " << got.messages << ", \"answer\": " << got.answer
            << ", \"histogram\": " << buckets(got.latencies) << ", \"rss_bytes\": " << or_null(status_bytes("VmRSS"))
            << ", \"peak_rss_bytes\": " << or_null(status_bytes("VmHWM")) << ", \"extra\": " << object(got.extra);
  if (!fault.empty())
    std::cout << ", \"error\": \"" << fault << '"';
  std::cout << '}' << std::endl;
  return fault.empty();
}

int run(const request& asked) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", static_cast<size_t>(asked.threads));
  config.set("scheduler.policy", caf::atom_from_string(asked.policy));
  if (asked.batch > 0)
    config.set("scheduler.max-throughput", static_cast<size_t>(asked.batch));
  caf::actor_system system{config};
  print_peer(asked);
  auto right = asked.what.expect(asked.what.defaults, static_cast<uint64_t>(asked.seed));
  for (int64_t iteration = 0; iteration < asked.iterations; ++iteration)
    if (!iterate(asked, right, system, iteration))
      return 1;
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(parse({argv + 1, argv + argc}));
  } catch (const misuse& error) {
    std::cerr << error.what() << std::endl;
    return 2;
  }
}
