import type { ValidationProblem, Logger, PluginContext } from '@agent-factory/sdk';
import type { LanguageModel, ModelTool } from '@agent-factory/sdk/contracts';
import type { AgentDefinition, Message, RunLimits, RunSubject } from '@agent-factory/sdk/domain';
import { choicesOf, type ModelChoice } from '../model/model-choice.ts';
import type { KnownNames, LoadedSubject } from '../run/run-executor.ts';
import { askName, offerOf } from './sub-agents.ts';
import type { ToolBox } from '../tool/tool-box.ts';
import type { ToolEntry } from '../tool/tool-set.ts';

/** An agent with everything that its definition alone decides. */
export interface LoadedAgent extends LoadedSubject {
  readonly definition: AgentDefinition;
  /** In order of preference. */
  readonly choices: readonly ModelChoice[];
  readonly tools: ReadonlyMap<string, ToolEntry>;
  /** Agents it may ask, by the name of the tool that stands for each. */
  readonly subAgents: ReadonlyMap<string, string>;
  readonly offers: readonly ModelTool[];
  readonly instructions: Message;
  readonly limits: RunLimits & {
    readonly turns: number;
    readonly timeMs: number;
    readonly toolCalls: number;
  };
}

const defaultLimits = { turns: 12, timeMs: 300_000, toolCalls: 64 };

/** Makes an agent of a definition that was checked. Tools that are not there (any more) are left out. */
export async function loadAgent(
  definition: AgentDefinition,
  subject: RunSubject,
  tenant: string,
  { toolBox, describe }: AgentSurroundings,
): Promise<LoadedAgent> {
  const tools = new Map<string, ToolEntry>();
  for (const name of definition.tools ?? []) {
    const entry = await toolBox.find(tenant, name);
    if (entry) tools.set(name, entry);
  }
  const subAgents = new Map<string, string>();
  const offers = [...tools.values()].map(({ offer }) => offer);
  for (const name of definition.agents ?? []) {
    subAgents.set(askName(name), name);
    offers.push(offerOf(name, await describe(tenant, name)));
  }
  return {
    definition,
    subject,
    choices: choicesOf(definition.model),
    tools,
    subAgents,
    offers,
    instructions: { role: 'system', content: definition.instructions },
    limits: { ...defaultLimits, ...definition.limits },
  };
}

/** What agents are checked against. */
export interface AgentSurroundings {
  readonly toolBox: ToolBox;
  readonly models: ReadonlyMap<string, LanguageModel>;
  readonly validator: PluginContext['validator'];
  readonly log: Logger;
  /** What the agent of that name is for, as it says now. */
  readonly describe: (tenant: string, agent: string) => Promise<string | undefined>;
}

/** Tools and agents that are not there, and models none of whose providers is there. */
export async function missingParts(
  definition: AgentDefinition,
  tenant: string | undefined,
  names: KnownNames,
  surroundings: AgentSurroundings,
): Promise<readonly ValidationProblem[]> {
  const { toolBox, models, log } = surroundings;
  const problems: ValidationProblem[] = [];
  for (const [index, name] of (definition.tools ?? []).entries()) {
    if (await toolBox.find(tenant, name)) continue;
    problems.push(unknown(`/tools/${index}`, 'tool', name, await toolBox.names(tenant), surroundings));
  }
  for (const [index, name] of (definition.agents ?? []).entries()) {
    const path = `/agents/${index}`;
    if (!names('agent').includes(name))
      problems.push(unknown(path, 'agent', name, names('agent'), surroundings));
    const twin =
      definition.tools?.includes(askName(name)) ||
      definition.agents?.some((each, place) => place < index && askName(each) === askName(name));
    if (twin) problems.push({ path, message: `would be offered as "${askName(name)}", which is taken` });
  }
  const choices = choicesOf(definition.model);
  const absent = choices.filter(({ provider }) => !models.has(provider));
  const providers = [...new Set(absent.map(({ provider }) => provider))];
  if (absent.length === choices.length) {
    const known = [...models.keys()];
    problems.push(...providers.map((name) => unknown('/model', 'model provider', name, known, surroundings)));
  } else if (providers.length > 0) {
    log.warn('some models of an agent have no provider; the others are used', {
      agent: definition.name,
      missing: providers,
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
    message: `${kind === 'agent' ? 'there is no' : 'no active plugin offers the'} ${kind} "${name}" (${there})`,
    ...(fix !== undefined && { fix }),
  };
}
