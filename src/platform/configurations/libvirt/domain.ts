/** A <domain> of libvirt → the machine. */
import type { Complaints } from '../complaints.js';
import type { ConfigurationFile } from '../configuration-format.js';
import type { ConfiguredOption, MachineConfiguration } from '../machine-configuration.js';
import { placesIn } from '../text-places.js';
import { clockOf } from './clock.js';
import { budgetsOf, runmasksOf, threadsOf, vcpusOf } from './cpu-tuning.js';
import { cpuOf, topologyOf } from './cpus.js';
import { devicesOf } from './devices.js';
import { featureOptions, interruptControllerOf } from './features.js';
import { memoryBackingOf, memoryOf } from './memory.js';
import { Reader } from './reader.js';
import { attributeOf, childOf, childrenOf, flatText, type XmlElement } from './xml.js';

/** Elements of a domain that become parts of the model; "features" gives options of its own. */
const STRUCTURED = new Set(
  'name vcpu vcpus cputune cpu memory currentMemory maxMemory memoryBacking clock features devices iothreads iothreadids'.split(
    ' ',
  ),
);

/** Elements that libvirt has, and from which nothing is read. */
const KEPT = new Set(
  (
    'uuid genid title description metadata os bootloader bootloader_args numatune resource blkiotune memtune sysinfo ' +
    'on_poweroff on_reboot on_crash on_lockfailure pm perf seclabel keywrap launchSecurity throttlegroups idmap ' +
    'defaultiothread qemu:commandline qemu:capabilities qemu:override qemu:deprecation xen:commandline'
  ).split(' '),
);

export function machineOf(
  file: ConfigurationFile,
  format: string,
  root: XmlElement,
  complaints: Complaints,
): MachineConfiguration {
  const reader = new Reader(placesIn(file), complaints);
  const domain = domainIn(root, reader);
  const architecture = attributeOf(childOf(childOf(domain, 'os'), 'type'), 'arch') ?? null;
  const accelerator = attributeOf(domain, 'type') ?? null;
  const interruptController = interruptControllerOf(domain, accelerator, reader);
  const runmasks = runmasksOf(domain, reader);
  return {
    format,
    source: file.source,
    scope: 'machine',
    name: nonEmpty(childOf(domain, 'name')?.text),
    architecture,
    board: attributeOf(childOf(childOf(domain, 'os'), 'type'), 'machine') ?? null,
    // What libvirt calls "qemu" is QEMU without an accelerator.
    accelerator: accelerator === 'qemu' ? 'tcg' : accelerator,
    vcpus: vcpusOf(domain, runmasks, reader),
    cpu: cpuOf(domain, reader),
    topology: topologyOf(domain, reader),
    memory: memoryOf(domain, reader),
    memoryBacking: memoryBackingOf(domain, reader),
    interruptController,
    clock: clockOf(domain, reader),
    threads: threadsOf(domain, reader),
    budgets: budgetsOf(domain, reader),
    devices: devicesOf(domain, { architecture, accelerator, interruptController }, reader),
    variables: [],
    options: [...keptElements(domain, reader), ...featureOptions(domain, reader)],
    issues: complaints.list(),
  };
}

/** Snapshots, and the files of /run/libvirt/qemu about running guests, have it inside. */
function domainIn(root: XmlElement, reader: Reader): XmlElement {
  if (root.name === 'domain') return root;
  const inner = root.children.find(({ name }) => name === 'domain');
  const others = childrenOf(root, 'domain').slice(1);
  for (const other of others) {
    reader.complain('several-machines', other, 'another machine is configured here: only the first is read', 'warning');
  }
  return inner ?? root;
}

function keptElements(domain: XmlElement, reader: Reader): ConfiguredOption[] {
  return domain.children
    .filter(({ name }) => !STRUCTURED.has(name))
    .map((element) => {
      const known = KEPT.has(element.name);
      if (!known)
        reader.complain('unknown-option', element, `vmtoll does not know <${element.name}> of a domain`, 'note');
      return { name: element.name, values: shortened(flatText(element)), place: reader.placeOf(element), known };
    });
}

const nonEmpty = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** Metadata of management tools can be long. */
const MOST_WORDS = 64;
const shortened = (words: readonly string[]): string[] =>
  words.length > MOST_WORDS ? [...words.slice(0, MOST_WORDS), '…'] : [...words];
