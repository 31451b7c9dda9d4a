import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { guardrailStages } from '@agent-factory/sdk/domain';
import { actionSchema, verdictOf, type Action } from './action.ts';
import { defineGuardrail, type CompileSchema } from './define-guardrail.ts';
import { findIn, type Found } from './texts-of.ts';

interface KeywordsSettings {
  readonly words: readonly string[];
  readonly matchCase: boolean;
  readonly wholeWords: boolean;
  readonly action: Action;
}

/** Finds words and phrases. */
export function keywordsGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<KeywordsSettings>(compile, {
    name: 'keywords',
    description: 'Finds words and phrases that must not be there.',
    stages: guardrailStages,
    settings: {
      type: 'object',
      properties: {
        words: {
          type: 'array',
          items: { type: 'string', minLength: 1, maxLength: 100, pattern: '\\S' },
          minItems: 1,
          maxItems: 1000,
          uniqueItems: true,
          description: 'Words and phrases; white space in them is any white space.',
        },
        matchCase: { type: 'boolean', default: false, description: 'Whether upper and lower case differ.' },
        wholeWords: { type: 'boolean', default: true, description: 'Not within longer words.' },
        action: actionSchema(['block', 'redact', 'ask'], 'block'),
      },
      required: ['words'],
      additionalProperties: false,
    },
    prepare({ words, matchCase, wholeWords, action }) {
      // Texts, each escaped, beside each other: nothing in it can make the engine go back and forth. Longest first.
      const sorted = words.toSorted((a, b) => b.length - a.length);
      const any = sorted.map((word) => word.trim().split(/\s+/).map(escaped).join('\\s{1,10}')).join('|');
      const edge = '[\\p{L}\\p{N}_]';
      const source = wholeWords ? `(?<!${edge})(?:${any})(?!${edge})` : any;
      const pattern = new RegExp(source, matchCase ? 'gu' : 'giu');
      const find = (text: string): readonly Found[] => {
        const found: Found[] = [];
        for (const match of text.matchAll(pattern)) {
          found.push({ start: match.index, end: match.index + match[0].length, kind: 'keyword' });
        }
        return found;
      };
      return {
        check({ value }) {
          const spans = findIn(value, find);
          if (spans.length === 0) return passed;
          const reason = `It holds ${spans.length === 1 ? 'a word' : `${spans.length} words`} that must not be there.`;
          return verdictOf(action, value, { code: 'keyword', reason, spans });
        },
      };
    },
  });
}

/** A text that stands for itself in a regular expression. */
function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
