/** Who took whose time, over two machines whose three vCPUs share a pCPU and take turns. */
import { expect, test } from 'vitest';
import { culpritRows, vcpuKey } from '../../web/src/books/culprit-matrix.js';
import { explanationOfXen, xenRecording } from '../support/xen-recordings.js';

test('a vCPU has one row, whoever waited for it: it takes from all others, nothing from itself, and nothing is lost', async () => {
  const books = await explanationOfXen(xenRecording('pvh-overcommit')!);
  const rows = culpritRows(books);
  const sum = (all: readonly { ns: number }[]) => all.reduce((total, { ns }) => total + ns, 0);
  expect(sum(rows)).toBe(sum(books.culprits));
  const vcpus = books.machines.flatMap(({ id, vcpus: own }) => own.map((vcpu) => ({ machine: id, number: vcpu.id })));
  expect(vcpus).toHaveLength(3);
  for (const { machine, number } of vcpus) {
    const own = rows.filter(({ name }) => name === `vCPU ${number} of ${machine}`);
    const others = vcpus.filter((one) => one.machine !== machine || one.number !== number);
    expect(own.map(({ byVcpu }) => [...byVcpu.keys()].toSorted())).toEqual([
      others.map((one) => vcpuKey(one.machine, one.number)).toSorted(),
    ]);
  }
});
