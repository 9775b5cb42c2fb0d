// Explains a recording with the library, module by module as it was built, so that a profile names the layers.
//
//   node bench/explain-library.mjs FILE
import { explain, HYPERVISORS, openInputs } from '../dist/index.js';

const [hypervisor] = HYPERVISORS;
const input = await openInputs([process.argv[2]], { catalog: hypervisor.catalog });
if (!input.ok) throw new Error(input.issue.message);
const result = await explain(input.value.recording, hypervisor);
if (!result.ok) throw new Error(result.issue.message);
// The decoding thread ends by itself; closing the input would cut its profile off.
