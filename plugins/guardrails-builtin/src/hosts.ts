import { passed, type Guardrail } from '@agent-factory/sdk/contracts';
import { actionSchema, verdictOf, type Action } from './action.ts';
import { hostMatcher, hostPattern } from './allow-list.ts';
import { defineGuardrail, type CompileSchema } from './define-guardrail.ts';
import { findIn, type Find } from './texts-of.ts';

interface HostsSettings {
  readonly allow: readonly string[];
  readonly schemes: readonly string[];
  readonly fields: readonly string[];
  readonly action: Extract<Action, 'block' | 'ask'>;
}

const address = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}:\/{1,2}[^\s"'<>`{}|]{1,2000}/gi;
const fields =
  'url uri href link links urls host hostname domain endpoint webhook callback site website src server'.split(
    ' ',
  );

/** Lets tools be called with addresses of some hosts only. */
export function hostsGuardrail(compile: CompileSchema): Guardrail {
  return defineGuardrail<HostsSettings>(compile, {
    name: 'hosts',
    description: 'Lets tools be called only with addresses whose host is on a list.',
    stages: ['toolCall', 'output'],
    settings: {
      type: 'object',
      properties: {
        allow: {
          type: 'array',
          items: { type: 'string', pattern: hostPattern },
          uniqueItems: true,
          description:
            'Hosts: example.com, *.example.com for those below it, either with :port. An empty list allows none.',
        },
        schemes: {
          type: 'array',
          items: { type: 'string', pattern: '^[a-z][a-z0-9+.-]*$' },
          minItems: 1,
          default: ['https', 'http'],
          description: 'What an address may begin with.',
        },
        fields: {
          type: 'array',
          items: { type: 'string', minLength: 1 },
          default: fields,
          description:
            'Names of arguments whose text is an address or a host, even without https:// in front.',
        },
        action: actionSchema(['block', 'ask'], 'block'),
      },
      required: ['allow'],
      additionalProperties: false,
    },
    prepare({ allow, schemes, fields: named, action }) {
      const isAllowed = hostMatcher(allow);
      const isField = new Set(named.map((each) => each.toLowerCase()));
      const isBad = (text: string): boolean => {
        // A back slash and a name before the host are read in different ways by different clients.
        const url = text.includes('\\') ? null : URL.parse(text);
        if (url === null || url.username !== '' || url.password !== '') return true;
        return !schemes.includes(url.protocol.slice(0, -1)) || !isAllowed(url.hostname, portOf(url));
      };
      const find: Find = (text, key) => {
        const whole = { start: 0, end: text.length, kind: 'host' };
        if (
          isField.has(key.toLowerCase()) &&
          text.trim() !== '' &&
          !/^[a-z][a-z0-9+.-]*:\//i.test(text.trim())
        ) {
          // "//host", "host/path", "javascript:…": as a client that adds what is missing would take it.
          return isBad(`https://${text.trim().replace(/^[/\\]+/, '')}`) ? [whole] : [];
        }
        return [...text.matchAll(address)]
          .filter(([found]) => isBad(found.replace(/[).,;:!?\]]+$/, '')))
          .map(({ 0: found, index }) => ({ start: index, end: index + found.length, kind: 'host' }));
      };
      return {
        check({ value }) {
          const spans = findIn(value, find);
          if (spans.length === 0) return passed;
          const where = [...new Set(spans.map(({ path }) => path || 'the text'))].join(', ');
          const reason = `It names a host that is not on the list (${where}).`;
          return verdictOf(action, value, { code: 'host', reason, spans });
        },
      };
    },
  });
}

function portOf({ port, protocol }: URL): string {
  return port || { 'https:': '443', 'http:': '80' }[protocol] || '';
}
