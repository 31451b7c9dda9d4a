import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { actionSchema, verdictOf, type Action } from './action.ts';
import { hostMatcher } from './allow-list.ts';
import { defineGuardrail, type CompileSchema } from './define-guardrail.ts';
import { findPii } from './pii/find-pii.ts';
import { findIn, type Find } from './texts-of.ts';

interface RecipientsSettings {
  readonly allow: readonly string[];
  readonly fields: readonly string[];
  readonly everywhere: boolean;
  readonly action: Extract<Action, 'block' | 'ask'>;
}

const fields =
  'to cc bcc recipient recipients email emails address addresses replyto reply_to channel phone'.split(' ');

/** Lets tools send only to recipients on a list. */
export function recipientsGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<RecipientsSettings>(compile, {
    name: 'recipients',
    description: 'Lets tools be called only with recipients that are on a list.',
    stages: ['toolCall'],
    settings: {
      type: 'object',
      properties: {
        allow: {
          type: 'array',
          items: { type: 'string', minLength: 1, maxLength: 254 },
          uniqueItems: true,
          description:
            'Addresses, @example.com for all of a domain, @*.example.com for those below it, or other names as they stand (#support). An empty list allows none.',
        },
        fields: {
          type: 'array',
          items: { type: 'string', minLength: 1 },
          default: fields,
          description: 'Names of arguments that hold recipients.',
        },
        everywhere: {
          type: 'boolean',
          default: false,
          description: 'Whether e-mail addresses in all other arguments count as recipients too.',
        },
        action: actionSchema(['block', 'ask'], 'block'),
      },
      required: ['allow'],
      additionalProperties: false,
    },
    prepare({ allow, fields: named, everywhere, action }) {
      const exact = new Set(allow.filter((each) => !each.startsWith('@')).map((each) => each.toLowerCase()));
      const inDomain = hostMatcher(allow.filter((each) => each.startsWith('@')).map((each) => each.slice(1)));
      const isField = new Set(named.map((each) => each.toLowerCase()));
      const isAllowed = (recipient: string): boolean => {
        const plain = recipient.toLowerCase();
        const [, domain] = /^[^@\s]+@([^@\s]+)$/.exec(plain) ?? [];
        return exact.has(plain) || (domain !== undefined && inDomain(domain, ''));
      };
      const find: Find = (text, key) => {
        const emails = findPii(text, ['email']).filter(
          ({ start, end }) => !isAllowed(text.slice(start, end)),
        );
        if (!isField.has(key.toLowerCase())) return everywhere ? emails.map(asRecipient) : [];
        // Several may stand in one text; each has to be allowed, also one that is no address at all.
        return piecesOf(text)
          .filter(({ name }) => !isAllowed(name))
          .map(asRecipient);
      };
      return {
        check({ value }) {
          const spans = findIn(value, find);
          if (spans.length === 0) return passed;
          const where = [...new Set(spans.map(({ path }) => path || 'the text'))].join(', ');
          const reason = `It names a recipient that is not on the list (${where}).`;
          return verdictOf(action, value, { code: 'recipient', reason, spans });
        },
      };
    },
  });
}

function asRecipient({ start, end }: { readonly start: number; readonly end: number }): {
  start: number;
  end: number;
  kind: string;
} {
  return { start, end, kind: 'recipient' };
}

/** `"Ann" <ann@example.com>, bob@example.com; #support`: each with the address alone. */
function piecesOf(
  text: string,
): readonly { readonly name: string; readonly start: number; readonly end: number }[] {
  return [...text.matchAll(/[^,;\n]+/g)].flatMap(({ 0: piece, index }) => {
    const inside = /<([^<>]*)>\s*$/.exec(piece);
    const name = (inside?.[1] ?? piece).trim();
    return name === '' && piece.trim() === '' ? [] : [{ name, start: index, end: index + piece.length }];
  });
}
