/** Comma-separated values as RFC 4180 describes them. */

export interface CsvRow {
  readonly fields: readonly string[];
  /** Of its first character in the whole text. */
  readonly offset: number;
}

export interface CsvText {
  readonly rows: readonly CsvRow[];
  /** Why there are no more rows; undefined where the text ends. */
  readonly stop: 'a quote is opened and never closed' | 'rows and columns are too many' | undefined;
}

/** Each row takes memory. */
const MOST_ROWS = 1_000_000;
const MOST_FIELDS = 1000;

/** Fields may be quoted, and hold commas, line ends and doubled quotes then. */
export function csvRows(text: string): CsvText {
  const rows: CsvRow[] = [];
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*)?)(,|\r?\n|\r|$)/y;
  field.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  let [fields, offset]: [string[], number] = [[], field.lastIndex];
  while (field.lastIndex < text.length || fields.length > 0) {
    const match = field.exec(text);
    if (match === null) return { rows, stop: 'a quote is opened and never closed' };
    const [, quoted, plain = '', end] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (rows.length >= MOST_ROWS || fields.length > MOST_FIELDS) return { rows, stop: 'rows and columns are too many' };
    if (end === ',') continue;
    if (fields.length > 1 || fields[0] !== '') rows.push({ fields, offset });
    [fields, offset] = [[], field.lastIndex];
  }
  return { rows, stop: undefined };
}
