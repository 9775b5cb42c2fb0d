/** What rules advise to type is understood by the tool that it is for. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Knob, KnobTool } from '../../src/findings/finding.js';
import { RULES } from '../../src/findings/registry.js';
import { configurationOf } from '../support/configurations.js';
import { bundledRecordings, explanationOf } from '../support/explained.js';
import {
  type Complaint,
  hasTools,
  kernelParameters,
  libvirtComplaint,
  qemuComplaint,
  shellComplaint,
} from '../support/knob-tools.js';
import { explanationOfXen, xenRecordings } from '../support/xen-recordings.js';

const PARAMETERS = kernelParameters();

/** Names before "=" of a kernel's command line. */
function kernelComplaint(text: string): Complaint {
  const unknown = text.split(' ').filter((word) => !PARAMETERS.has(word.replace(/=.*$/, '')));
  return unknown.length === 0 ? undefined : `not a parameter of Debian's kernels: ${unknown.join(' ')}`;
}

/** Options of the hypervisor's own command line, as its documentation lists them. */
const XEN_OPTIONS = new Set(
  readFileSync(join(import.meta.dirname, '../../fixtures/kernel-parameters/xen-4.21.txt'), 'utf8').split('\n'),
);

function xenComplaint(text: string): Complaint {
  const unknown = text.split(' ').filter((word) => !XEN_OPTIONS.has(word.replace(/=.*$/, '')));
  return unknown.length === 0 ? undefined : `not an option of Xen: ${unknown.join(' ')}`;
}

/** Parameters of modules that shell commands set: in /sys, for modprobe, or in its configuration. */
function moduleComplaint(script: string): Complaint {
  const written = [...script.matchAll(/\/sys\/module\/(\w+)\/parameters\/(\w+)/g)].map((found) => [
    ...found,
    'written',
  ]);
  const loaded = [...script.matchAll(/(?:modprobe|options) (\w+) (\w+)=/g)].map((found) => [...found, 'loaded']);
  for (const [, module, parameter, how] of [...written, ...loaded]) {
    const name = `${module}.${parameter}`;
    if (!PARAMETERS.has(name)) return `${name} is not a parameter of Debian's kernels`;
    if (how === 'loaded' && PARAMETERS.get(name) === true)
      return `${module} is built in: modprobe does not set ${name}`;
  }
  return undefined;
}

const shell = (text: string): Complaint => shellComplaint(text) ?? moduleComplaint(text);

/** What our own reader of configurations does not understand. */
function ownComplaint(text: string, source: string): Complaint {
  const { issues, options } = configurationOf(text, { source });
  const unknown = options.filter(({ known }) => !known).map(({ name }) => name);
  const said = [...issues.map(({ message }) => message), ...unknown.map((name) => `unknown: ${name}`)];
  return said.length === 0 ? undefined : said.join('\n');
}

const qvm = (text: string): Complaint =>
  ownComplaint(`system guest\n${text.includes('cpu ') ? '' : 'cpu\n'}${text}`, 'guest.qvmconf');

const xl = (text: string): Complaint =>
  ownComplaint(`name = "guest"\n${text.startsWith('type') ? '' : 'type = "pvh"\n'}${text}`, 'guest.cfg');

const firecracker = (members: string): Complaint =>
  ownComplaint(
    `{"boot-source":{"kernel_image_path":"k"},"drives":[],"machine-config":{"mem_size_mib":64,"smt":false,${members}}}`,
    'vm.json',
  );

interface Checker {
  readonly check: (text: string) => Complaint;
  /** Programs that must be installed. */
  readonly needs?: string;
  /** Texts that it must refuse. */
  readonly wrong: readonly string[];
}

const CHECKERS: Readonly<Record<KnobTool, Checker>> = {
  'shell on the host': { check: shell, wrong: ["echo 'x", 'echo 1 > /sys/module/kvm/parameters/halt_pole_ns'] },
  'shell in the guest': {
    check: shell,
    wrong: ['if true', 'modprobe kvm halt_pole_ns=1', 'modprobe cpuidle_haltpoll force=Y'],
  },
  'shell on a QNX host': { check: shell, wrong: ['for i in'] },
  'shell in dom0': { check: shell, wrong: ['if xl list'] },
  'Xen command line': { check: xenComplaint, wrong: ['dom0_max_cpus=1', 'shed=null'] },
  'QEMU option': {
    check: qemuComplaint,
    needs: 'qemu-system-x86_64',
    wrong: [
      '-simp 2',
      '-machine q35,kernel-irqchp=on',
      '-cpu host,hv-tyme',
      '-device virtio-blk-pci,driv=disk0',
      '-netdev tap,id=net0,vhst=on',
      '-accel kvm,dirty-rng-size=4096',
      '-m 2G -object memory-backend-memfd,id=ram0,size=2G,hugtlb=on',
    ],
  },
  'libvirt XML': {
    check: libvirtComplaint,
    needs: 'virt-xml-validate xmllint',
    wrong: ["<vcpu placement='statc'>2</vcpu>", '<cputune><quoto>1</quoto></cputune>', "<console type='pty'>"],
  },
  'qvm configuration': { check: qvm, wrong: ['vdev', 'cpu runmask x', 'vdev virtio-console loc here'] },
  'xl configuration': { check: xl, wrong: ['vcpu = 2', 'cpus = ["2"', 'memory : 2'] },
  'Firecracker configuration': { check: firecracker, wrong: ['"vcpu_cnt": 2', '"vcpu_count": "two"'] },
  'kernel parameter of the host': { check: kernelComplaint, wrong: ['kvm_intel.plm=1', 'isolcpu=2'] },
  'kernel parameter of the guest': { check: kernelComplaint, wrong: ['nohz=full io_delya=none'] },
};

const TOOLS = Object.entries(CHECKERS) as [KnobTool, Checker][];

describe.each(TOOLS)('%s', (tool, { check, needs, wrong }) => {
  const isThere = needs === undefined || hasTools(needs);
  const knobs = RULES.flatMap(({ id, knobs: own }) =>
    own.filter((knob) => knob.tool === tool).map(({ text }) => [id, text]),
  );

  if (!isThere) {
    test.skip(`NOT CHECKED: ${needs} is not installed (npm run test:setup installs it)`, () => {});
    return;
  }
  test.each(knobs)('%s: %s', (_rule, text) => {
    expect(check(text)).toBeUndefined();
  });

  test.each(wrong)('refuses %s', (text) => {
    expect(check(text)).toBeDefined();
  });
});

describe('in findings', () => {
  const isChecked = ({ tool }: Knob): boolean => {
    const { needs } = CHECKERS[tool];
    return needs === undefined || hasTools(needs);
  };

  test('what is advised for real recordings is understood as well', async () => {
    const advised = new Map<string, Knob>();
    for (const { scenario, file } of bundledRecordings(['trace.dat'])) {
      for (const { knobs } of (await explanationOf(scenario, file)).findings)
        for (const knob of knobs) advised.set(`${knob.tool} ${knob.text}`, knob);
    }
    for (const recording of xenRecordings().filter(({ isBundled }) => isBundled)) {
      for (const { knobs } of (await explanationOfXen(recording)).findings)
        for (const knob of knobs) advised.set(`${knob.tool} ${knob.text}`, knob);
    }
    const checked = [...advised.values()].filter((knob) => isChecked(knob));
    expect(checked.length).toBeGreaterThan(10);
    expect(new Set(checked.map(({ tool }) => tool))).toContain('xl configuration');
    for (const { tool, text } of checked) expect(CHECKERS[tool].check(text), `${tool}: ${text}`).toBeUndefined();
  });
});
