/** The table of interrupts: names are untrusted, and there may be any number of them. */
import { describe, expect, test } from 'vitest';
import { InterruptNames } from '../../src/recording/interrupt-names.js';

/** One more than are kept. */
const TOO_MANY = 16_385;

describe('the table of interrupts', () => {
  test('has all names of a line, whatever their order, each once', () => {
    const names = new InterruptNames();
    for (const name of ['uhci_hcd', 'ahci', 'uhci_hcd', '', 'ahci']) names.add(16, name);
    expect(names.text(16)).toBe('ahci, uhci_hcd');
    expect(names.text(17)).toBeUndefined();
  });

  test('says that there are more where there are more than it keeps', () => {
    const names = new InterruptNames();
    for (const name of ['e', 'd', 'c', 'b', 'a']) names.add(1, name);
    expect(names.text(1)).toBe('b, c, d, e, …');
    expect(names.isFull(1)).toBe(true);
    expect(names.isFull(2)).toBe(false);
  });

  test('cuts names that no kernel gives', () => {
    const names = new InterruptNames();
    names.add(1, 'x'.repeat(65));
    expect(names.text(1)).toBe('x'.repeat(64));
  });

  test('keeps so many interrupts and no more', () => {
    const names = new InterruptNames();
    for (let interrupt = 0; interrupt < TOO_MANY; interrupt++) names.add(interrupt, 'name');
    expect(names.entries()).toHaveLength(TOO_MANY - 1);
    expect(names.isFull(TOO_MANY - 1)).toBe(true);
    expect(names.isFull(0)).toBe(false);
  });

  test('takes over what another one knows', () => {
    const [ours, theirs] = [new InterruptNames(), new InterruptNames()];
    for (const name of ['a', 'b', 'c', 'd', 'e']) theirs.add(1, name);
    theirs.add(2, 'x');
    ours.add(2, 'y');
    ours.addEntries(structuredClone(theirs.entries()));
    expect([ours.text(1), ours.text(2)]).toEqual(['a, b, c, d, …', 'x, y']);
  });
});
