/** All importers of benchmark results, asked in this order: those that recognise themselves most surely come first. */
import { CRITERION } from './criterion.js';
import { CSV } from './csv.js';
import { CYCLICTEST_HISTOGRAM } from './cyclictest-histogram.js';
import { CYCLICTEST_JSON } from './cyclictest-json.js';
import { FIO } from './fio.js';
import { FIO_TERSE } from './fio-terse.js';
import { GO_BENCHMARK } from './go-benchmark.js';
import { GOOGLE_BENCHMARK } from './google-benchmark.js';
import { HYPERFINE } from './hyperfine.js';
import type { BenchmarkImporter } from './importer.js';
import { IPERF3 } from './iperf3.js';
import { JSON_LINES } from './json-lines.js';
import { LMBENCH } from './lmbench.js';
import { PERF_BENCH } from './perf-bench.js';
import { PHORONIX_JSON } from './phoronix-json.js';
import { PHORONIX_XML } from './phoronix-xml.js';
import { STRESS_NG } from './stress-ng.js';
import { SYSBENCH } from './sysbench.js';

export const IMPORTERS: readonly BenchmarkImporter[] = [
  FIO,
  FIO_TERSE,
  IPERF3,
  STRESS_NG,
  SYSBENCH,
  HYPERFINE,
  CYCLICTEST_JSON,
  CYCLICTEST_HISTOGRAM,
  GOOGLE_BENCHMARK,
  PHORONIX_XML,
  PHORONIX_JSON,
  CRITERION,
  PERF_BENCH,
  GO_BENCHMARK,
  LMBENCH,
  CSV,
  JSON_LINES,
];
