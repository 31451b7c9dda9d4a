import { boundedPattern, CelFailure, CelIssue } from '@agent-factory/cel';
import type { Json } from '@agent-factory/sdk';
import type { RedactConfig } from './config.ts';
import { errors } from './errors.ts';

/** What stands where something was taken out. */
const mark = '[redacted]';

/** What stands for a text that a pattern could not be looked for in: nothing passes by mistake. */
const unread = '[redacted: too long to be looked through]';

/** Keys and tokens as their makers write them. Every count has a bound, so that no text takes long. */
const secretPatterns: readonly RegExp[] = [
  /\b[spr]k[-_][A-Za-z0-9_-]{16,200}/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /\bgh[opsur]_[A-Za-z0-9]{20,255}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,255}\b/g,
  /\bxox[abposr]-[A-Za-z0-9-]{10,255}/g,
  /\bAIza[0-9A-Za-z_-]{30,100}/g,
  /\bnpm_[A-Za-z0-9]{30,100}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,2000}/g,
  /\bbearer {1,4}[A-Za-z0-9._~+/-]{16,2000}={0,2}/gi,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,10000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{1,200}:[^\s:/@]{1,200}@/gi,
];

/** Takes things out of a value, and says in how many places. */
export type Redact = (value: Json) => { readonly value: Json; readonly places: number };

/** Takes one kind of thing out of a text. */
type Clean = (text: string, found: () => void) => string;

/** Creates it; AF_PROMPT_LOG_PATTERN_INVALID. */
export function createRedact({ secrets, patterns, members }: RedactConfig): Redact {
  const cleaners: readonly Clean[] = [
    ...(secrets ? secretPatterns.map(ofSecret) : []),
    ...patterns.map(ofUser),
  ];
  const names = new Set(members.map((name) => name.toLowerCase()));
  return (given) => {
    let places = 0;
    const found = (): void => {
      places += 1;
    };
    const walk = (value: Json): Json => {
      if (typeof value === 'string') return cleaners.reduce((text, clean) => clean(text, found), value);
      if (typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(walk);
      return Object.fromEntries(
        Object.entries(value).map(([key, member]) => {
          const name = cleaners.reduce((text, clean) => clean(text, found), key);
          if (!names.has(key.toLowerCase()) || member === null) return [name, walk(member)];
          found();
          return [name, mark];
        }),
      );
    };
    return { value: walk(given), places };
  };
}

function ofSecret(pattern: RegExp): Clean {
  return (text, found) =>
    text.replace(pattern, () => {
      found();
      return mark;
    });
}

/** What an operator wrote runs on RE2, which takes no longer for a text that is meant to take long. */
function ofUser(source: string): Clean {
  let pattern: ReturnType<typeof boundedPattern>;
  try {
    pattern = boundedPattern(source);
  } catch (cause) {
    if (!(cause instanceof CelIssue)) throw cause;
    throw errors.AF_PROMPT_LOG_PATTERN_INVALID({ pattern: source, reason: cause.message }, { cause });
  }
  return (text, found) => {
    try {
      let clean = '';
      let at = 0;
      for (const { start, end } of pattern.spans(text)) {
        found();
        clean += text.slice(at, start) + mark;
        at = end;
      }
      return clean + text.slice(at);
    } catch (error) {
      if (!(error instanceof CelFailure)) throw error;
      found();
      return unread;
    }
  };
}
