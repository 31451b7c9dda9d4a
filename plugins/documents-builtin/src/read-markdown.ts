import type { DocumentBlock, LoadedDocument } from '@agent-factory/sdk/domain';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { toString } from 'mdast-util-to-string';

/** Markdown as CommonMark has it: what stands at the top level is a block, written as in the source. */
export function readMarkdown(source: string): LoadedDocument {
  const { title, text } = withoutFrontMatter(source);
  const blocks: DocumentBlock[] = [];
  for (const node of fromMarkdown(text).children) {
    const { position } = node;
    if (!position || node.type === 'thematicBreak' || node.type === 'definition') continue;
    const place = { line: position.start.line, endLine: position.end.line };
    const written = text.slice(position.start.offset, position.end.offset);
    if (node.type === 'heading') {
      const said = toString(node).trim();
      if (said !== '') blocks.push({ kind: 'heading', level: node.depth, text: said, ...place });
    } else if (node.type === 'html') {
      const said = written.replace(/<!--[\s\S]*?(?:-->|$)/g, '').trim();
      if (said !== '') blocks.push({ kind: 'text', text: said, ...place });
    } else {
      blocks.push({ kind: node.type === 'code' ? 'code' : 'text', text: written, ...place });
    }
  }
  return { ...(title !== undefined && { title }), blocks };
}

/** Front matter gives the title; empty lines take its place, so that lines keep their numbers. */
function withoutFrontMatter(text: string): { readonly title: string | undefined; readonly text: string } {
  const [matter] = /^---[ \t]*\r?\n[\s\S]*?\r?\n---[ \t]*(?=\r?\n|$)/.exec(text.slice(0, 65_536)) ?? [];
  if (matter === undefined) return { title: undefined, text };
  const title = /^title:(.*)$/m
    .exec(matter)?.[1]
    ?.trim()
    .replace(/^["']|["']$/g, '');
  return {
    title: title === '' ? undefined : title,
    text: matter.replace(/[^\r\n]+/g, '') + text.slice(matter.length),
  };
}
