import type { Validator } from '@agent-factory/sdk';
import { knowledgeErrors } from '@agent-factory/sdk/contracts';
import type { KnowledgeBase } from '@agent-factory/sdk/domain';

/** AF_KNOWLEDGE_INVALID with all that is wrong with a base. */
export function assertFits(base: KnowledgeBase, check: Validator): void {
  const name = typeof Object(base).name === 'string' ? base.name : '';
  const problems = check(base);
  const [first] = problems;
  if (first) {
    const all = problems
      .map(({ path, message }) => `${path || '/'} ${message.replace(/\.$/, '')}`)
      .join('; ');
    throw invalid(
      name.slice(0, 100),
      all,
      first.fix ?? 'Mend what is named; docs/knowledge.md shows all fields.',
    );
  }
  const { chunking } = base;
  const { maxTokens = 300, overlapTokens = 0 } = chunking ?? {};
  if (overlapTokens * 2 > maxTokens)
    throw invalid(name, '/chunking/overlapTokens is more than half of maxTokens', 'Make it smaller.');
  const titles = base.sources.flatMap((source) =>
    source.type === 'text' ? source.title : source.type === 'url' ? source.url : [],
  );
  const twice = titles.find((title, at) => titles.indexOf(title) !== at);
  if (twice !== undefined)
    throw invalid(name, `/sources names "${twice}" twice`, 'Give each source a name of its own.');
}

/** The error that a base is not accepted. */
export function invalid(name: string, reason: string, mend: string): Error {
  return knowledgeErrors.AF_KNOWLEDGE_INVALID({ name, reason, mend });
}
