import type { DocumentRequest } from '@agent-factory/sdk/contracts';
import type { DocumentBlock, LoadedDocument } from '@agent-factory/sdk/domain';
import { parse } from 'csv-parse';

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** Records that are taken before others get their turn. */
const recordsAtOnce = 500;

/** A table of data: each row says the name of every column beside its value. The first row names the columns. */
export async function readCsv(text: string, { signal, source }: DocumentRequest): Promise<LoadedDocument> {
  const parser = parse(text, {
    bom: true,
    info: true,
    delimiter: delimiterOf(text, source),
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const blocks: DocumentBlock[] = [];
  let names: readonly string[] | undefined;
  let before = 0;
  let taken = 0;
  // The library's types do not know what `info` adds to each record.
  for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
    if (++taken % recordsAtOnce === 0) signal.throwIfAborted();
    const line = before + 1;
    before = info.lines;
    if (names === undefined) {
      names = record;
      continue;
    }
    const said = record.flatMap((value, at) =>
      value === '' ? [] : `${names?.[at] || `column ${at + 1}`}: ${value}`,
    );
    if (said.length > 0)
      blocks.push({
        kind: 'row',
        text: said.join('\n'),
        line: Math.min(line, info.lines),
        endLine: info.lines,
      });
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
