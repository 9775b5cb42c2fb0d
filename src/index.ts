/** The library: the same functions that the command line calls. */
export type { ByteSource } from './base/byte-source.js';
export { MemorySource } from './base/byte-source.js';
export type { Issue, Result } from './base/issue.js';
export { type CompareRequest, compare } from './benchmarks/comparison/compare.js';
export type * from './benchmarks/comparison/comparison.js';
export { DEFAULT_OPTIONS as DEFAULT_COMPARISON_OPTIONS } from './benchmarks/comparison/suite.js';
export { readFacts } from './benchmarks/facts-file.js';
export type { BenchmarkImporter } from './benchmarks/importers/importer.js';
export { IMPORTERS } from './benchmarks/importers/registry.js';
export { KNOWN_RULES, MECHANISMS, type MechanismRule, readMechanismRules } from './benchmarks/mechanisms.js';
export type { BenchmarkFile, Run, Series, SystemFacts } from './benchmarks/model.js';
export { readBenchmarks, type Side, sideOf } from './benchmarks/reading.js';
export type * from './budgets/budget.js';
export { readBudget } from './budgets/budget-file.js';
export { type Check, type CheckedLimit, type CheckOptions, check } from './budgets/check.js';
export { difference } from './differences/compare.js';
export {
  DEFAULT_OPTIONS as DEFAULT_DIFFERENCE_OPTIONS,
  type Difference as RecordingDifference,
  type DifferenceOptions,
  type DifferenceRow,
  type Side as RecordingSide,
} from './differences/difference.js';
export { explain } from './explain/explain.js';
export type * from './explain/explanation.js';
export type { GivenSymbols } from './explain/functions.js';
export type { ExplainOptions } from './explain/options.js';
export { Observation } from './explain/reconciliation/observation.js';
export { type ReconcileRequest, reconcile } from './explain/reconciliation/reconcile.js';
export type * from './explain/reconciliation/reconciliation.js';
export { type Series as BookSeries, SeriesObserver } from './explain/series.js';
export type { Codecs } from './formats/codecs.js';
export type { Format, OpenOptions } from './formats/format.js';
export { detectFormat, openRecording } from './formats/open.js';
export { FORMATS } from './formats/registry.js';
export { HYPERVISORS, hypervisorOf } from './hypervisors/registry.js';
export type { Hypervisor } from './hypervisors/translator.js';
export { readBenchmarkPaths } from './node/benchmark-files.js';
export { readSides, type SidePaths } from './node/benchmark-sides.js';
export { nodeCodecs } from './node/codecs.js';
export { readConfigurationPaths } from './node/configuration-files.js';
export { readHostPath } from './node/host-files.js';
export { type OpenedInput, openInputs } from './node/inputs.js';
export {
  type Assignment,
  assignConfigurations,
  type GivenConfiguration,
  type RecordedMachine,
} from './platform/configurations/assignment.js';
export type { ConfigurationFormat, ReadIncluded } from './platform/configurations/configuration-format.js';
export { type DeviceNames, deviceNames } from './platform/configurations/device-names.js';
export type * from './platform/configurations/machine-configuration.js';
export { readConfiguration } from './platform/configurations/reading.js';
export { CONFIGURATION_FORMATS } from './platform/configurations/registry.js';
export { readFactBundle } from './platform/host/fact-files.js';
export type * from './platform/host/host-platform.js';
export { readHostFacts } from './platform/host/reading.js';
export type { FunctionTable, GuestFunction } from './platform/symbols/function-table.js';
export { readSymbols } from './platform/symbols/reading.js';
export type { Recording } from './recording/recording.js';
export { junitXml } from './report/junit.js';
export { comparisonMarkdown } from './report/markdown/comparison.js';
export { type CheckTextOptions, checkText } from './report/text/check.js';
export { type ComparisonTextOptions, comparisonText } from './report/text/comparison.js';
export { type DifferenceTextOptions, differenceText } from './report/text/difference.js';
export { type TextOptions, textReport } from './report/text/index.js';
