/** Interned strings of a recording: a batch holds numbers only. */
export class SymbolTable {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];

  intern(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#texts.length;
      this.#ids.set(text, id);
      this.#texts.push(text);
    }
    return id;
  }

  get size(): number {
    return this.#texts.length;
  }

  text(id: number): string {
    return this.#texts[id] ?? '';
  }
}

/** How a symbol is written into a numeric field, and read from it: see RecordBatch.fields. */
export const symbolToField = (id: number): number => -1 - id;
export const fieldToSymbol = (field: number): number => -1 - field;
