import { isAgentFactoryError, type ValidationProblem } from '@agent-factory/sdk';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import { choicesOf } from '../model/model-choice.ts';
import { reasonOf } from '../run/failure.ts';
import type { KnownDefinitions } from '../run/run-executor.ts';
import { readyApproval } from '../tool/approve-call.ts';
import { missingSecrets } from '../tool/missing-secrets.ts';
import { knowledgeProblems } from './check-knowledge.ts';
import { memoryProblems } from './check-memory.ts';
import { handoffTypes, transferName } from './handoff-tools.ts';
import type { AgentSurroundings } from './load-agent.ts';
import { objectSchemaProblems } from './object-schema-problems.ts';
import { ownToolNames } from './own-tools.ts';
import { askName } from './sub-agents.ts';
import { unknownName } from './unknown-name.ts';

/** What is wrong with a definition that fits its schema: what it names and is not there, and what cannot work. */
export async function checkAgent(
  definition: AgentDefinition,
  tenant: string | undefined,
  definitions: KnownDefinitions,
  surroundings: AgentSurroundings,
): Promise<readonly ValidationProblem[]> {
  return [
    ...(await toolProblems(definition, tenant, surroundings)),
    ...(await knowledgeProblems(definition, tenant, surroundings)),
    ...agentProblems(definition, definitions, surroundings),
    ...modelProblems(definition, surroundings),
    ...(await expressionProblems(definition, tenant, surroundings)),
    ...(definition.output ? objectSchemaProblems(definition.output, '/output', surroundings.validator) : []),
    ...(await surroundings.guardrails.problems(definition.guardrails ?? [])),
    ...memoryProblems(definition, surroundings),
  ];
}

async function toolProblems(
  { tools = [] }: AgentDefinition,
  tenant: string | undefined,
  surroundings: AgentSurroundings,
): Promise<readonly ValidationProblem[]> {
  const { toolBox, validator } = surroundings;
  const problems: ValidationProblem[] = [];
  for (const [index, name] of tools.entries()) {
    const entry = await toolBox.find(tenant, name);
    if (entry) {
      problems.push(...(await missingSecrets(`/tools/${index}`, entry.tool, tenant, surroundings.secrets)));
      continue;
    }
    problems.push(unknownName(`/tools/${index}`, 'tool', name, await toolBox.names(tenant), validator));
  }
  return problems;
}

/** Agents that are not there, and tools that stand for them under a name that is taken. */
function agentProblems(
  definition: AgentDefinition,
  definitions: KnownDefinitions,
  { validator }: AgentSurroundings,
): readonly ValidationProblem[] {
  const { tools = [], agents = [], handoffs = [] } = definition;
  const known = [...definitions('agent').keys()];
  const taken = new Set(tools);
  const problems: ValidationProblem[] = [];
  const offer = (path: string, offered: string): void => {
    if (taken.has(offered))
      problems.push({ path, message: `would be offered as "${offered}", which is taken` });
    taken.add(offered);
  };
  const look = (path: string, name: string, offered: string | undefined): void => {
    if (!known.includes(name)) problems.push(unknownName(path, 'agent', name, known, validator));
    if (offered !== undefined) offer(path, offered);
  };
  for (const [offered, path] of ownToolNames(definition)) offer(path, offered);
  for (const [index, { name }] of (definition.callerTools ?? []).entries())
    offer(`/callerTools/${index}/name`, name);
  for (const [index, name] of agents.entries()) look(`/agents/${index}`, name, askName(name));
  for (const [index, { target, when }] of handoffs.entries())
    look(`/handoffs/${index}/target`, target, when === undefined ? transferName(target) : undefined);
  return problems;
}

/** Models none of whose providers is there. */
function modelProblems(
  definition: AgentDefinition,
  surroundings: AgentSurroundings,
): readonly ValidationProblem[] {
  const { models, log, validator } = surroundings;
  const choices = choicesOf(definition.model);
  const absent = choices.filter(({ provider }) => !models.has(provider));
  const missing = [...new Set(absent.map(({ provider }) => provider))];
  if (absent.length === choices.length) {
    const known = [...models.keys()];
    return missing.map((name) => unknownName('/model', 'model provider', name, known, validator));
  }
  if (missing.length > 0) {
    log.warn('some models of an agent have no provider; the others are used', {
      agent: definition.name,
      missing,
    });
  }
  return [];
}

async function expressionProblems(
  definition: AgentDefinition,
  tenant: string | undefined,
  { conditions, toolBox }: AgentSurroundings,
): Promise<readonly ValidationProblem[]> {
  const { handoffs = [], approvals = {}, tools = [] } = definition;
  const own = ownToolNames(definition);
  const problems: ValidationProblem[] = [];
  const attempt = async (path: string, compile: () => Promise<unknown>): Promise<void> => {
    try {
      await compile();
    } catch (error) {
      const fix = isAgentFactoryError(error) ? { fix: error.fix } : {};
      problems.push({ path, message: reasonOf(error), ...fix });
    }
  };
  for (const [index, { when, input }] of handoffs.entries()) {
    const path = `/handoffs/${index}`;
    if (when !== undefined)
      await attempt(`${path}/when`, () => conditions.expression(when, handoffTypes('boolean')));
    if (input !== undefined)
      await attempt(`${path}/input`, () => conditions.expression(input, handoffTypes('any')));
  }
  for (const [name, rule] of Object.entries(approvals)) {
    const path = `/approvals/${name}`;
    if (name !== '*' && !tools.includes(name) && !own.has(name)) {
      problems.push({
        path,
        message: `"${name}" is none of the agent's tools`,
        fix: 'Name one of "tools", or "*" for all.',
      });
      continue;
    }
    const entry = await toolBox.find(tenant, name);
    await attempt(path, () => readyApproval(rule, entry?.tool.input ?? {}, conditions));
  }
  return problems;
}
