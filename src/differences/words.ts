/** Words that the text and the page share. */
import type { AccountName } from '../ledger/accounts.js';
import { type NotRecorded, WITHOUT_ACCOUNT } from './difference.js';

const WORDS: Readonly<Record<(typeof WITHOUT_ACCOUNT)[number], string>> = {
  machine: 'its machine is not there',
  exits: 'exits were not recorded',
  'lengths of exits': 'how long exits took was not recorded',
  'details of exits': 'what exactly such exits were for was not recorded',
};

/** "exits were not recorded, nor the events that tell the account vmm". */
export function notRecordedText(all: readonly NotRecorded[]): string {
  const isWord = (one: NotRecorded): one is keyof typeof WORDS => WITHOUT_ACCOUNT.some((word) => word === one);
  const accounts = all.filter((one): one is AccountName => !isWord(one));
  const events = `the events that tell the account${accounts.length > 1 ? 's' : ''} ${accounts.join(', ')}`;
  const words = all.filter(isWord).map((one) => WORDS[one]);
  if (accounts.length === 0) return words.join(', ');
  return words.length === 0 ? `${events} were not recorded` : `${words.join(', ')}, nor were ${events}`;
}
