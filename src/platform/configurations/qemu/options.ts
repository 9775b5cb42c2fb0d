/** Words of a command line → options, with those of the files that `-readconfig` names. */
import type { Complaints } from '../complaints.js';
import { quoted } from '../complaints.js';
import type { ReadIncluded } from '../configuration-format.js';
import type { Place } from '../machine-configuration.js';
import { isKnownOption, SPELLINGS, SWITCHES } from './option-table.js';
import { optionsOfFile } from './read-config.js';
import { isSubstituted, optionOf, type QemuOption } from './settings.js';
import type { Command, Word } from './words.js';

/** Of one machine; QEMU's own limits are far lower. */
const MOST_OPTIONS = 16_384;
/** `-readconfig` files cannot name others. */
const MOST_FILES = 16;

export function optionsOf(words: Command, include: ReadIncluded, complaints: Complaints): QemuOption[] {
  return new OptionReader(words, include, complaints).options();
}

class OptionReader {
  readonly #words: Command;
  readonly #include: ReadIncluded;
  readonly #complaints: Complaints;
  readonly #options: QemuOption[] = [];
  #at = 0;
  #files = 0;

  constructor(words: Command, include: ReadIncluded, complaints: Complaints) {
    this.#words = words;
    this.#include = include;
    this.#complaints = complaints;
  }

  options(): QemuOption[] {
    while (this.#at < this.#words.length) {
      if (this.#options.length >= MOST_OPTIONS) {
        this.#complaints.add('too-many-options', this.#words[this.#at].place, 'the options from here on are left out');
        break;
      }
      this.#next(this.#words[this.#at++]);
    }
    return this.#options;
  }

  #next(word: Word): void {
    if (!/^-./.test(word.text)) {
      this.#positional(word);
      return;
    }
    const written = word.text.replace(/^--?/, '');
    const name = SPELLINGS.get(written) ?? written;
    if (!isKnownOption(name)) this.#unknown(name, word);
    else if (SWITCHES.has(name)) this.#add(optionOf(name, null, word.place, true, this.#complaints));
    else this.#withValue(name, word);
  }

  #withValue(name: string, { place }: Word): void {
    const value = this.#take();
    if (value === undefined) {
      this.#complaints.add('missing-value', place, `-${name} wants a value, and the command line ends here`);
      return;
    }
    if (name === 'append' && !value.isQuoted) this.#add(this.#commandLine(value, place));
    else if (name === 'readconfig') this.#file(value);
    else this.#add(optionOf(name, this.#checked(value), place, true, this.#complaints));
  }

  /** Printed command lines have lost their quotes: the kernel's has many words. */
  #commandLine(first: Word, place: Place): QemuOption {
    const words = [first.text];
    while (this.#at < this.#words.length && !this.#words[this.#at].text.startsWith('-')) words.push(this.#take()!.text);
    if (words.length > 1) {
      const message = `the ${words.length} words after -append are taken as one, as if they stood in quotes`;
      this.#complaints.note('lost-quotes', place, message);
    }
    const value = { ...first, text: words.join(' ') };
    return optionOf('append', value, place, true, this.#complaints);
  }

  #file(name: Word): void {
    const file = this.#files++ < MOST_FILES ? this.#include(name.text, name.place.source) : undefined;
    if (file?.ok === true) {
      this.#options.push(...optionsOfFile(file.value, this.#complaints));
      return;
    }
    const why = file === undefined ? `it is one of more than ${MOST_FILES}` : file.issue.message;
    this.#complaints.add('include-failed', name.place, `${quoted(name.text)} is left out: ${why}`);
  }

  #unknown(name: string, word: Word): void {
    // What follows it and is no option may be its value.
    const next = this.#words[this.#at];
    const value = next === undefined || next.text.startsWith('-') ? null : this.#take()!;
    this.#add(optionOf(name, value, word.place, false, this.#complaints));
    this.#complaints.add('unknown-option', word.place, `vmtoll does not know the option ${quoted(word.text)}`, {
      severity: 'warning',
      hint: 'It is kept as it is, with the word after it.',
    });
  }

  /** A word that belongs to no option is the image of the first disk. */
  #positional(word: Word): void {
    this.#add(optionOf('hda', this.#checked(word), word.place, true, this.#complaints));
  }

  /** Notes values that only the shell knows. */
  #checked(value: Word): Word {
    if (isSubstituted(value.text)) {
      const message = `${quoted(value.text)} is known only to the shell, which replaces a part of it`;
      this.#complaints.note(
        'substituted-value',
        value.place,
        message,
        'The command line of the running process, /proc/PID/cmdline, has the values.',
      );
    }
    return value;
  }

  #take(): Word | undefined {
    return this.#words[this.#at++];
  }

  #add(option: QemuOption): void {
    this.#options.push(option);
  }
}
