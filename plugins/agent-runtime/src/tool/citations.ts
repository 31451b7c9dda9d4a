import type { Json } from '@agent-factory/sdk';
import type { Citation } from '@agent-factory/sdk/domain';

const maxCitations = 200;

/** The citations a tool's result carries, those of the right shape; `undefined` when there are none. */
export function citationsIn(output: Json): readonly Citation[] | undefined {
  if (typeof output !== 'object' || output === null || !('citations' in output)) return undefined;
  const { citations } = output;
  if (!Array.isArray(citations)) return undefined;
  const found = citations.slice(0, maxCitations).flatMap((one: Json) => citationOf(one) ?? []);
  return found.length > 0 ? found : undefined;
}

/**
 * The citations a text relies on: those it names as `source:line`, `source#Lline`, `source#page=page`, or `source`
 * alone; in the order in which it names them, each once. A line within a citation's lines counts as its line.
 */
export function citationsUsed(text: string, citations: readonly Citation[]): readonly Citation[] {
  if (citations.length === 0) return [];
  const mentions = new Map<string, readonly Mention[]>();
  const used = new Map<string, { readonly citation: Citation; readonly at: number }>();
  for (const citation of citations) {
    const { source, line, endLine, page } = citation;
    const found = mentions.get(source) ?? mentionsOf(text, source);
    mentions.set(source, found);
    const hit = found.find((mention) => names(mention, citation));
    const key = `${source}\n${line ?? ''}\n${endLine ?? ''}\n${page ?? ''}`;
    if (hit && !used.has(key)) used.set(key, { citation, at: hit.at });
  }
  return [...used.values()].sort((a, b) => a.at - b.at).map(({ citation }) => citation);
}

interface Mention {
  readonly at: number;
  /** The line named, if one is. */
  readonly line: number | undefined;
  /** The page named, if one is. */
  readonly page: number | undefined;
}

function mentionsOf(text: string, source: string): readonly Mention[] {
  const found: Mention[] = [];
  for (let at = text.indexOf(source); at >= 0; at = text.indexOf(source, at + source.length)) {
    // Part of a longer name: `guide.md` in `old-guide.md` or in `guide.mdx`.
    if (/[\w./-]/.test(text.charAt(at - 1))) continue;
    const rest = text.slice(at + source.length, at + source.length + 24);
    if (/^(?:[\w/-]|\.\w)/.test(rest)) continue;
    found.push({ at, line: numberIn(/^(?::|#L)(\d+)/, rest), page: numberIn(/^#page=(\d+)/, rest) });
  }
  return found;
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function names(mention: Mention, { line, endLine, page }: Citation): boolean {
  if (mention.page !== undefined && page !== undefined && mention.page !== page) return false;
  if (mention.line === undefined || line === undefined) return true;
  return mention.line >= line && mention.line <= (endLine ?? line);
}

function citationOf(value: Json): Citation | undefined {
  if (typeof value !== 'object' || value === null || !('source' in value)) return undefined;
  const { source, line, endLine, page, heading, quote } = value;
  if (typeof source !== 'string' || source === '') return undefined;
  return {
    source,
    ...(isNumber(line) && { line }),
    ...(isNumber(endLine) && { endLine }),
    ...(isNumber(page) && { page }),
    ...(typeof heading === 'string' && { heading }),
    ...(typeof quote === 'string' && { quote }),
  };
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}
