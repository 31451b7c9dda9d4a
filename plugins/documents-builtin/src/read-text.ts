import type { DocumentBlock, LoadedDocument } from '@agent-factory/sdk/domain';

/** Plain text: what stands between empty lines belongs together. */
export function readText(text: string): LoadedDocument {
  const blocks: DocumentBlock[] = [];
  let lines: string[] = [];
  let line = 1;
  const end = (next: number): void => {
    if (lines.length > 0)
      blocks.push({ kind: 'text', text: lines.join('\n'), line: next - lines.length, endLine: next - 1 });
    lines = [];
  };
  for (const each of text.split(/\r\n|\n|\r/)) {
    if (each.trim() === '') end(line);
    else lines.push(each.trimEnd());
    line++;
  }
  end(line);
  return { blocks };
}
