/** The library: the same functions that the command line calls. */
export type { ByteSource } from './base/byte-source.js';
export { MemorySource } from './base/byte-source.js';
export type { Issue, Result } from './base/issue.js';
export { explain } from './explain/explain.js';
export type * from './explain/explanation.js';
export type { ExplainOptions } from './explain/options.js';
export type { Codecs } from './formats/codecs.js';
export type { Format, OpenOptions } from './formats/format.js';
export { detectFormat, openRecording } from './formats/open.js';
export { FORMATS } from './formats/registry.js';
export { HYPERVISORS } from './hypervisors/registry.js';
export type { Hypervisor } from './hypervisors/translator.js';
export { nodeCodecs } from './node/codecs.js';
export { type OpenedInput, openInputs } from './node/inputs.js';
export type { Recording } from './recording/recording.js';
export { type TextOptions, textReport } from './report/text/index.js';
