/** Comma-separated values as RFC 4180 describes them. */

export interface CsvRow {
  readonly fields: readonly string[];
  /** Of its first character in the whole text. */
  readonly offset: number;
}

/** Fields may be quoted, and hold commas, line ends and doubled quotes then; `isWhole` is false for a quote never closed. */
export function csvRows(text: string): { readonly rows: readonly CsvRow[]; readonly isWhole: boolean } {
  const rows: CsvRow[] = [];
  const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n][^,\r\n]*)?)(,|\r?\n|\r|$)/y;
  field.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  let [fields, offset]: [string[], number] = [[], field.lastIndex];
  while (field.lastIndex < text.length || fields.length > 0) {
    const match = field.exec(text);
    if (match === null) return { rows, isWhole: false };
    const [, quoted, plain = '', end] = match;
    fields.push(quoted?.replaceAll('""', '"') ?? plain.trim());
    if (end === ',') continue;
    if (fields.length > 1 || fields[0] !== '') rows.push({ fields, offset });
    [fields, offset] = [[], field.lastIndex];
  }
  return { rows, isWhole: true };
}
