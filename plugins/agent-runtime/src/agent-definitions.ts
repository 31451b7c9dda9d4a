import { createHash } from 'node:crypto';
import { canonicalJson, type Logger, type PluginContext, type ValidationProblem } from '@agent-factory/sdk';
import type { LanguageModel, ModelTool } from '@agent-factory/sdk/contracts';
import { agentSchema, type AgentDefinition, type Message, type RunLimits } from '@agent-factory/sdk/domain';
import type { AgentSource } from './agent-files.ts';
import { errors } from './errors.ts';
import type { ToolEntry } from './tool-set.ts';

/** One of an agent's models. */
interface ModelChoice {
  readonly provider: string;
  /** The provider's own name of it. */
  readonly model: string;
}

/** An agent with everything that its definition alone decides. */
export interface LoadedAgent {
  readonly definition: AgentDefinition;
  /** SHA-256 of the definition in canonical JSON, hex. */
  readonly hash: string;
  /** In order of preference. */
  readonly choices: readonly ModelChoice[];
  readonly tools: ReadonlyMap<string, ToolEntry>;
  readonly offers: readonly ModelTool[];
  readonly instructions: Message;
  readonly limits: RunLimits & {
    readonly turns: number;
    readonly timeMs: number;
    readonly toolCalls: number;
  };
}

const defaultLimits = { turns: 12, timeMs: 300_000, toolCalls: 64 };

/** What definitions are checked against. */
export interface AgentSurroundings {
  readonly tools: ReadonlyMap<string, ToolEntry>;
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly validator: PluginContext['validator'];
  readonly log: Logger;
}

/** Checks definitions and makes agents of them, by name; throws AF_AGENT_INVALID with every problem of all of them. */
export function loadAgents(
  sources: readonly AgentSource[],
  surroundings: AgentSurroundings,
): ReadonlyMap<string, LoadedAgent> {
  const problems: string[] = [];
  const places = new Map<string, string>();
  const agents: LoadedAgent[] = [];
  const validate = surroundings.validator(agentSchema);
  for (const { place, value, problem } of sources) {
    const found = problem === undefined ? validate(value) : [];
    if (problem !== undefined || found.length > 0) {
      problems.push(
        ...(problem === undefined ? found.map((one) => line(place, one)) : [`${place} ${problem}`]),
      );
      continue;
    }
    const definition = value as AgentDefinition; // the schema has just been checked
    const twin = places.get(definition.name);
    if (twin !== undefined) {
      problems.push(`${place} name: "${definition.name}" is taken by the agent in ${twin}`);
      continue;
    }
    places.set(definition.name, place);
    const missing = missingParts(definition, surroundings);
    problems.push(...missing.map((one) => line(place, one)));
    if (missing.length === 0) agents.push(loadAgent(definition, surroundings.tools));
  }
  if (problems.length > 0)
    throw errors.AF_AGENT_INVALID({ count: problems.length, list: problems.join('\n') });
  agents.sort((a, b) => (a.definition.name < b.definition.name ? -1 : 1));
  return new Map(agents.map((agent) => [agent.definition.name, agent]));
}

function loadAgent(definition: AgentDefinition, all: ReadonlyMap<string, ToolEntry>): LoadedAgent {
  const tools = new Map(
    (definition.tools ?? []).flatMap((name) => {
      const entry = all.get(name);
      return entry ? [[name, entry] as const] : [];
    }),
  );
  return {
    definition,
    hash: createHash('sha256').update(canonicalJson(definition)).digest('hex'),
    choices: choicesOf(definition),
    tools,
    offers: [...tools.values()].map(({ offer }) => offer),
    instructions: { role: 'system', content: definition.instructions },
    limits: { ...defaultLimits, ...definition.limits },
  };
}

function choicesOf({ model }: AgentDefinition): readonly ModelChoice[] {
  const names = typeof model === 'string' ? [model] : model;
  return names.map((name) => {
    const slash = name.indexOf('/');
    return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
  });
}

/** Tools nobody offers, and models none of whose providers is there. */
function missingParts(
  definition: AgentDefinition,
  surroundings: AgentSurroundings,
): readonly ValidationProblem[] {
  const { tools, models, log } = surroundings;
  const problems = (definition.tools ?? []).flatMap((name, index) =>
    tools.has(name) ? [] : [unknown(`/tools/${index}`, 'tool', name, [...tools.keys()], surroundings)],
  );
  const absent = choicesOf(definition).filter(({ provider }) => !models.has(provider));
  const names = [...new Set(absent.map(({ provider }) => provider))];
  if (absent.length === choicesOf(definition).length) {
    const known = [...models.keys()];
    problems.push(...names.map((name) => unknown('/model', 'model provider', name, known, surroundings)));
  } else if (names.length > 0) {
    log.warn('some models of an agent have no provider; the others are used', {
      agent: definition.name,
      missing: names,
    });
  }
  return problems;
}

function unknown(
  path: string,
  kind: string,
  name: string,
  known: readonly string[],
  { validator }: AgentSurroundings,
): ValidationProblem {
  const there = known.length === 0 ? 'there is none' : `there are: ${known.join(', ')}`;
  const fix = known.length === 0 ? undefined : validator({ enum: known })(name)[0]?.fix;
  return {
    path,
    message: `no active plugin offers the ${kind} "${name}" (${there})`,
    ...(fix !== undefined && { fix }),
  };
}

function line(place: string, { path, message, fix }: ValidationProblem): string {
  return `${place} ${path.slice(1) || 'the whole file'}: ${message}${fix === undefined ? '' : `. ${fix}`}`;
}
