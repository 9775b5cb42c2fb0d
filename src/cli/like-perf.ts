/** vmtoll explain --like perf: the table of `perf kvm stat report`, to compare with. */
import { kvm } from '../hypervisors/kvm/index.js';
import { hasPerfEvent, PerfKvmStat, perfVocabulary } from '../hypervisors/kvm/perf-kvm-stat.js';
import { hypervisorOf } from '../hypervisors/registry.js';
import { openInputs } from '../node/inputs.js';
import { ExitCode } from './exit-code.js';
import type { ExplainFlags } from './explain.js';
import { print, printIssue } from './output.js';
import { clockOption } from './recording-flags.js';

export async function likePerf(paths: readonly string[], flags: ExplainFlags): Promise<ExitCode> {
  if (paths.length > 1) {
    const hint = 'Give one file.';
    printIssue({ code: 'like-needs-one', severity: 'error', message: 'perf reads one recording at a time', hint });
    return ExitCode.wrongUsage;
  }
  const input = await openInputs(paths, { catalog: kvm.catalog, ...clockOption(flags) });
  if (!input.ok) {
    printIssue(input.issue);
    return ExitCode.unreadable;
  }
  const { recording } = input.value;
  const hypervisor = hypervisorOf(recording.format);
  if (hypervisor !== kvm) {
    input.value.close();
    const message = `perf kvm stat is about KVM, and ${recording.sources.join(', ')} is a recording of ${hypervisor.name}`;
    printIssue({ code: 'not-of-kvm', severity: 'error', message });
    return ExitCode.unreadable;
  }
  const vocabulary = perfVocabulary(recording.host);
  if (vocabulary === undefined) {
    input.value.close();
    printIssue({
      code: 'no-cpuid',
      severity: 'error',
      message: `perf takes the names of exits from the recorded CPU, and ${recording.sources.join(', ')} does not name an Intel, AMD or Arm one`,
      hint: 'Give a perf.data file.',
    });
    return ExitCode.unreadable;
  }
  const event = flags.event ?? 'vmexit';
  if (!hasPerfEvent(vocabulary, event)) {
    const message = `perf has no --event=${event} on arm64`;
    printIssue({ code: 'no-such-event', severity: 'error', message, hint: 'Leave it out: vmexit is what there is.' });
    return ExitCode.wrongUsage;
  }
  const statistics = new PerfKvmStat({
    event,
    vocabulary,
    ...(flags.vcpu !== undefined && { vcpu: flags.vcpu }),
  });
  for await (const batch of recording.batches()) statistics.add(batch);
  input.value.close();
  print(statistics.report());
  if (statistics.leftOut > 0) process.stderr.write(`vmtoll: ${statistics.leftOut} events left out: too many rows\n`);
  return ExitCode.fine;
}
