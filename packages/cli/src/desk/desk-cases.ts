import assert from 'node:assert/strict';
import type { Kernel } from '@agent-factory/kernel';
import {
  AgentRuntime,
  Blueprints,
  ConditionEvaluator,
  defaultTenant,
  Guardrail,
  Knowledge,
  LanguageModel,
  Tool,
} from '@agent-factory/sdk/contracts';
import { answerOf } from '@agent-factory/sdk/domain';
import type { CollectionContract } from '@agent-factory/sdk';
import {
  conditionEvaluatorSuite,
  guardrailSuite,
  languageModelSuite,
  toolSuite,
  type ConformanceCase,
} from '@agent-factory/sdk/testing';
import type { DeskPlugin } from './desk.ts';

/** Everything a plugin has to do, with its examples, on a platform that runs. */
export function deskCases(desk: DeskPlugin, kernel: Kernel): readonly ConformanceCase[] {
  const { examples, manifest } = desk;
  const contributed = <T>(collection: CollectionContract<T>): T[] =>
    kernel.all(collection).flatMap(({ plugin, value }) => (plugin === manifest.id ? [value] : []));
  /** One suite for each name, and a case that fails where examples and contributions do not match. */
  const each = <T, Setup extends object>(
    collection: CollectionContract<T>,
    nameOf: (one: T) => string,
    given: Readonly<Record<string, Setup>> = {},
    suite: (one: T, setup: Setup) => readonly ConformanceCase[],
  ): ConformanceCase[] => {
    const all = contributed(collection);
    if (all.length === 0 && Object.keys(given).length === 0) return [];
    const known = all.flatMap((one) => {
      const setup = given[nameOf(one)];
      return setup ? prefixed(nameOf(one), suite(one, setup)) : [];
    });
    const matches = async (): Promise<void> =>
      assert.deepEqual(all.map(nameOf).sort(), Object.keys(given).sort(), 'examples.json names others');
    return [{ name: `each ${collection.id} has examples`, run: matches }, ...known];
  };
  const tools = contributed(Tool);
  const openTools = async () => ({ tools, close: async () => {} });
  return [
    ...(tools.length + Object.keys(examples.tools ?? {}).length === 0
      ? []
      : toolSuite(openTools, { examples: examples.tools ?? {} })),
    ...each(
      LanguageModel,
      (model) => model.provider,
      examples.models,
      (provider, setup) => languageModelSuite(async () => ({ provider, ...setup })),
    ),
    ...each(
      Guardrail,
      ({ name }) => name,
      examples.guardrails,
      (guardrail, setup) => guardrailSuite(async () => ({ guardrail, ...setup })),
    ),
    ...each(
      ConditionEvaluator,
      ({ name }) => name,
      examples.evaluators,
      (evaluator, setup) => conditionEvaluatorSuite(async () => ({ evaluator, ...setup })),
    ),
    ...(manifest.kind === 'knowledge' ? knowledgeCases(desk, kernel) : []),
    ...(manifest.kind === 'blueprint' ? blueprintCases(desk, kernel) : []),
  ];
}

function prefixed(name: string, cases: readonly ConformanceCase[]): ConformanceCase[] {
  return cases.map((one) => ({ ...one, name: `${name}: ${one.name}` }));
}

function knowledgeCases({ manifest, examples }: DeskPlugin, kernel: Kernel): ConformanceCase[] {
  const knowledge = () => kernel.use(Knowledge).tenant(defaultTenant);
  return [
    {
      name: 'all its documents can be taken in',
      async run() {
        const { failed } = await knowledge().ingest(manifest.id);
        assert.equal(failed, 0, `${failed} could not be`);
        assert.ok((await knowledge().documents(manifest.id)).length > 0, 'it has no documents');
      },
    },
    ...(examples.searches ?? []).map(({ ask, finds }) => ({
      name: `“${ask}” finds ${finds} first`,
      async run() {
        const [hit] = await knowledge().search({ text: ask, bases: [manifest.id] });
        assert.ok(hit?.citation.source.endsWith(finds), `it finds ${hit?.citation.source ?? 'nothing'}`);
      },
    })),
  ];
}

function blueprintCases({ manifest, examples }: DeskPlugin, kernel: Kernel): ConformanceCase[] {
  const blueprints = () => kernel.use(Blueprints).tenant(defaultTenant);
  const request = { name: manifest.id, parameters: examples.parameters ?? {} };
  return [
    {
      name: 'nothing is wrong with it',
      run: async () =>
        assert.deepEqual(await blueprints().validate({ name: manifest.id }, request.parameters), []),
    },
    {
      name: 'it can be installed, removed, and installed again',
      async run() {
        await blueprints().install(request);
        await blueprints().remove(manifest.id);
        await blueprints().install(request);
      },
    },
    ...(examples.runs ?? []).map(({ agent, input, says }) => ({
      name: `${agent} answers “${input}” with ${says}`,
      async run() {
        const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
        const answer = answerOf(await runs.wait((await runs.start({ agent, input })).id));
        assert.ok(answer.includes(says), `it answers “${answer}”`);
      },
    })),
  ];
}
