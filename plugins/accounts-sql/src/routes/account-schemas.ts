import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };

/** A list of names. */
export const namesSchema: JsonSchema = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 100 },
  maxItems: 200,
};

/** An object of exactly these members, all of them required but those named. */
export function exactly(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** Permissions on single things. */
export const grantsSchema: JsonSchema = {
  type: 'array',
  maxItems: 200,
  items: exactly({
    permission: { type: 'string', maxLength: 100 },
    resource: { type: 'string', maxLength: 300, description: '`agents/guide`, or `agents/*`.' },
  }),
};

/** An account. */
export const accountSchema: JsonSchema = exactly(
  {
    id: text,
    kind: { enum: ['user', 'service'] },
    name: text,
    email: text,
    disabled: { type: 'boolean' },
    createdAt: { ...count, description: 'Milliseconds since the epoch.' },
  },
  ['email'],
);

/** A membership. */
export const membershipSchema: JsonSchema = exactly({
  account: text,
  tenant: text,
  roles: namesSchema,
  grants: grantsSchema,
});

/** A member with the account. */
export const memberSchema: JsonSchema = exactly({
  account: text,
  tenant: text,
  roles: namesSchema,
  grants: grantsSchema,
  of: accountSchema,
});

/** A role. */
export const roleSchema: JsonSchema = exactly({
  name: text,
  description: text,
  permissions: namesSchema,
  builtIn: { type: 'boolean' },
});

export const exampleAccount: JsonObject & { readonly id: string } = {
  id: 'usr_5f0c6d0e9b7a4d3c8e21',
  kind: 'user',
  name: 'Ann',
  email: 'ann@example.com',
  disabled: false,
  createdAt: 1_764_374_400_000,
};

export const exampleMember: JsonObject = {
  account: exampleAccount.id,
  tenant: 'default',
  roles: ['builder'],
  grants: [{ permission: 'agents:write', resource: 'agents/guide' }],
};

export const exampleRole: { readonly [Key in 'name' | 'description']: string } & {
  readonly permissions: readonly string[];
  readonly builtIn: boolean;
} = {
  name: 'support-lead',
  description: 'Answers what runs of the support desk ask.',
  permissions: ['runs:approve', 'runs:read'],
  builtIn: false,
};

/** An answer of one value. */
export function answerOf(description: string, schema: JsonSchema, example: Json): HttpResponseSpec {
  return { description, schema, example };
}

/** An answer of a list. */
export function listOf(name: string, schema: JsonSchema, example: Json): HttpResponseSpec {
  return {
    description: 'All of them.',
    schema: exactly({ [name]: { type: 'array', items: schema } }),
    example: { [name]: [example] },
  };
}

/** Says that something is gone. */
export const removedResponse: HttpResponseSpec = answerOf(
  'It is gone.',
  exactly({ removed: { const: true } }),
  { removed: true },
);

/** The parameters of a path. */
export function pathOf(name: string, description: string): JsonSchema {
  return exactly({ [name]: { type: 'string', minLength: 1, maxLength: 100, description } });
}
