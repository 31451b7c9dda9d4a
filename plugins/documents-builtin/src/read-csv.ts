import type { DocumentRequest } from '@agent-factory/sdk/contracts';
import type { DocumentBlock, LoadedDocument } from '@agent-factory/sdk/domain';
import { parse } from 'csv-parse/sync';

interface CsvRecord {
  readonly record: readonly string[];
  /** `lines`: the line it ends on. */
  readonly info: { readonly lines: number };
}

/**
 * A table of data: each row says the name of every column beside its value. The first row names the columns; with their
 * names all rows have at most `maxChars` characters.
 */
export function readCsv(text: string, { source }: DocumentRequest, maxChars: number): LoadedDocument {
  const parsed: unknown = parse(text, {
    bom: true,
    info: true,
    delimiter: delimiterOf(text, source),
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const [first, ...rows] = parsed as readonly CsvRecord[]; // the library's types do not know what `info` adds
  const names = first?.record ?? [];
  const blocks: DocumentBlock[] = [];
  let chars = 0;
  for (const { record, info } of rows) {
    const said = record.flatMap((value, at) => {
      if (value === '') return [];
      const name = names[at] || `column ${at + 1}`;
      chars += name.length + value.length;
      if (chars > maxChars)
        throw new Error(`its rows have more than ${maxChars} characters with the names of their columns`);
      return `${name}: ${value}`;
    });
    const line = info.lines - record.join('').split('\n').length + 1;
    if (said.length > 0)
      blocks.push({ kind: 'row', text: said.join('\n'), line: Math.max(1, line), endLine: info.lines });
  }
  return { blocks };
}

/** What stands most often between the names of the columns. */
function delimiterOf(text: string, source: string): string {
  if (source.toLowerCase().endsWith('.tsv')) return '\t';
  const [first = ''] = text.slice(0, 65_536).split(/\r?\n/, 1);
  const count = (sign: string): number => first.split(sign).length;
  return [',', ';', '\t', '|'].reduce((best, sign) => (count(sign) > count(best) ? sign : best));
}
