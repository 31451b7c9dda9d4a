import rulesets from '@stoplight/spectral-rulesets';
import owaspRuleset from '@stoplight/spectral-owasp-ruleset';

/** A rule that is not asked, and why. */
interface Silence {
  readonly rule: string;
  readonly why: string;
}

/** What a rule finds and is right, or finds and is mistaken; each has to be found, or it goes from this list. */
export interface Exception extends Silence {
  /** Where, of the places as a finding names them: `paths//api/v1/health/get/security`. */
  readonly at: RegExp;
}

const owasp = 'owasp:api';

/** What no answer to these rules would be true for. */
const silences: readonly Silence[] = [
  {
    rule: `${owasp}4:2023-string-restricted`,
    why:
      'It asks for a pattern of every text. Most of ours are words of people and models, which have none; one that ' +
      'fits everything would please the rule and tell nobody anything. Texts with a form have it in their routes.',
  },
  {
    rule: `${owasp}8:2023-define-cors-origin`,
    why: 'It asks for access-control-allow-origin. No answer has it: pages of others are not to read them.',
  },
];

/** Answers of a batch are called what answers of an operation are called, and these rules look for that word anywhere. */
const ofBatches: readonly Exception[] = [
  '4:2023-rate-limit-responses-429',
  '8:2023-define-error-responses-401',
  '8:2023-define-error-responses-500',
  '8:2023-define-error-validation',
].map((name) => ({
  rule: `${owasp}${name}`,
  at: /^paths\/\/api\/v1\/batch\/post\/responses\/200\/content\/application\/json\/(schema\/properties|example)\/responses$/,
  why: 'It is a member of an answer, and no list of answers by status.',
}));

/** What is as it has to be, though a rule finds it. */
export const exceptions: readonly Exception[] = [
  ...ofBatches,
  {
    rule: 'info-contact',
    at: /^info$/,
    why: 'Whoever runs the platform is to be asked, and it does not know them.',
  },
  {
    rule: `${owasp}2:2023-read-restricted`,
    at: /^paths\/\/api\/v1\/(health|openapi\.json|errors\/\{code\}|auth\/jwks\.json)\/get\/security$/,
    why: 'They tell nothing that needs protection; public keys are for everybody.',
  },
  {
    rule: `${owasp}2:2023-read-restricted`,
    at: /^paths\/(\/a2a\/\{agent\})?\/\.well-known\/agent-card\.json\/get\/security$/,
    why: 'By a card of an agent clients find out how to prove who they are.',
  },
  {
    rule: `${owasp}2:2023-read-restricted`,
    at: /^paths\/\/api\/v1\/auth\/(accept|oidc|oidc\/\{provider\}|oidc\/\{provider\}\/callback)\/get\/security$/,
    why: 'Whoever logs in has no proof yet.',
  },
  {
    rule: `${owasp}2:2023-write-restricted`,
    at: /^paths\/\/api\/v1\/auth\/(login|accept|tokens\/refresh)\/post\/security$/,
    why: 'The body is the proof: a password, the token of a link, a refresh token.',
  },
  {
    rule: `${owasp}8:2023-define-error-responses-401`,
    at: /^paths\/\/api\/v1\/(health|openapi\.json|errors\/\{code\}|auth\/jwks\.json)\/get\/responses$/,
    why: 'What asks for no proof refuses none.',
  },
  {
    rule: `${owasp}8:2023-define-error-responses-401`,
    at: /^paths\/(\/a2a\/\{agent\})?\/\.well-known\/agent-card\.json\/get\/responses$/,
    why: 'As above.',
  },
  {
    rule: `${owasp}8:2023-define-error-responses-401`,
    at: /^paths\/\/api\/v1\/auth\/(accept\/(get|post)|oidc\/get|oidc\/\{provider\}\/get|oidc\/\{provider\}\/callback\/get)\/responses$/,
    why: 'As above; a link that does not hold is told of with other statuses.',
  },
  {
    rule: `${owasp}2:2023-no-credentials-in-url`,
    at: /^paths\/\/api\/v1\/prompt-log(\/export)?\/get\/parameters\/\d+\/name$/,
    why: 'minTokens and maxTokens are numbers of what a model read and wrote.',
  },
  {
    rule: `${owasp}4:2023-string-limit`,
    at: /^paths\/\/api\/v1\/tools.*\/example\//,
    why: 'An example of a tool shows a schema of that tool, not one of the API.',
  },
  {
    rule: `${owasp}4:2023-integer-format`,
    at: /^paths\/\/api\/v1\/(tenants\/\{tenant\}\/)?settings.*\/example\//,
    why: 'An example of a setting shows a schema of that setting, not one of the API.',
  },
  {
    rule: `${owasp}4:2023-string-limit`,
    at: /^paths\/.+\/responses\/200\/content\/text\/event-stream\/schema$/,
    why: 'A stream goes on for as long as there is something to tell.',
  },
  {
    rule: 'no-ambiguous-paths',
    at: /^paths\/\/api\/v1\/tools\/\{tool\}\/test$/,
    why: 'The other path takes GET and DELETE, this one POST; and the router goes by words before parameters.',
  },
];

/** Rules that look at every schema: where it is written is enough, and not again wherever it is referred to. */
const ofSchemas = new Set(
  ['string-limit', 'array-limit', 'integer-limit', 'integer-format'].map((name) => `${owasp}4:2023-${name}`),
);

// Its types are those of the CommonJS file; what is imported is the ruleset itself.
const published = owaspRuleset as unknown as { readonly rules: Readonly<Record<string, object>> };

/** Rules of Spectral for OpenAPI, and its rules for the OWASP API Security Top 10 but the silent ones. */
export const spectralRuleset: object = {
  extends: [
    rulesets.oas,
    {
      ...published,
      rules: Object.fromEntries(
        Object.entries(published.rules)
          .filter(([name]) => !silences.some(({ rule }) => rule === name))
          .map(([name, rule]) => [name, ofSchemas.has(name) ? { ...rule, resolved: false } : rule]),
      ),
    },
  ],
};
