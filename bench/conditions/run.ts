// Conditions beside cel-js, and guardrails: node bench/conditions/run.ts [--quick [--write]] [--check]
// Prints ratios; writes results.md unless it was quick and not told to.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Environment } from '@marcbachmann/cel-js';
import { compileCel, compileCelCondition } from '@agent-factory/cel';
import type { JsonObject } from '@agent-factory/sdk';
import { Guardrail } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { barTable, isMet, median, table, type Bar } from '../agent/report.ts';
import { pairedCall, type Paired } from '../kernel/cpu-time.ts';
import { conditionCases, inputs, texts, variables, type ConditionCase } from './cases.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    /** Exit with 1 when a bar is missed. */
    check: { type: 'boolean', default: false },
  },
});
const [rounds, budgetMs] = values.quick ? [3, 150] : [7, 400];
const all = inputs(64);
const theirs = new Environment({ unlistedVariablesAreDyn: true });

/** One call runs all inputs, so that the loop around it weighs nothing. */
const each = (evaluate: (input: JsonObject) => unknown) => (): void => {
  for (const input of all) evaluate(input);
};

async function inRounds(call: () => unknown, base: () => unknown): Promise<Paired> {
  const seen: Paired[] = [];
  for (let round = 0; round < rounds; round++) seen.push(await pairedCall(call, base, budgetMs));
  return { ns: median(seen.map(({ ns }) => ns)), ratio: median(seen.map(({ ratio }) => ratio)) };
}

interface Row {
  readonly name: string;
  readonly ours: Paired;
  readonly decide: Paired;
}

async function measure({ name, source }: ConditionCase): Promise<Row> {
  const program = compileCel(source, { variables, result: 'boolean' });
  const condition = compileCelCondition(source, { variables }, { evaluator: 'cel' });
  const parsed = theirs.parse(source);
  for (const input of all) {
    const [one, two] = [program.evaluate(input), parsed(input)];
    if (one !== two) throw new Error(`${name}: ${JSON.stringify([one, two, input])}`);
  }
  const base = each((input) => parsed(input));
  const ours = await inRounds(each(program.evaluate), base);
  const decide = await inRounds(
    each((input) => condition.evaluate(input)),
    base,
  );
  return { name, ours, decide };
}

/** Settings with which each guardrail has something to look for. */
const settings: Readonly<Record<string, JsonObject>> = {
  length: { maxCharacters: 5000 },
  'json-schema': { schema: { type: 'string', maxLength: 5000 } },
  pattern: { patterns: [{ name: 'ticket', pattern: 'acme-[0-9]{4,8}|card [0-9]+' }] },
  keywords: { words: ['secret plan', 'confidential', 'internal only', 'do not share'] },
  pii: { kinds: ['email', 'phone', 'credit-card', 'iban', 'us-ssn', 'ip'], action: 'redact' },
  'prompt-injection': {},
  hosts: { allow: ['example.com'] },
  recipients: { allow: ['@example.com'], everywhere: true },
};

async function guardrailRows(): Promise<string[][]> {
  const folder = join(import.meta.dirname, '../../plugins/guardrails-builtin');
  const kernel = await bootTestKernel({ plugins: [folder] });
  const rows: string[][] = [];
  for (const { value: guardrail } of kernel.all(Guardrail)) {
    const prepared = await guardrail.prepare(settings[guardrail.name] ?? {});
    const cells = await Promise.all(
      Object.values(texts).map(async (text) => {
        const [stage = 'output'] = guardrail.stages;
        const value = guardrail.stages.includes('output') ? text : { body: text };
        const call = (): unknown => prepared.check({ stage, value, agent: 'bench', runId: 'run' });
        return ((await pairedCall(call, call, budgetMs / 4)).ns / 1000).toFixed(2);
      }),
    );
    rows.push([guardrail.name, ...cells]);
  }
  await kernel.close();
  return rows;
}

const rows: Row[] = [];
for (const one of conditionCases) rows.push(await measure(one));
const bars: Bar[] = rows.map(({ name, ours }) => ({
  name: `${name}, × @marcbachmann/cel-js`,
  ratio: ours.ratio,
  bar: 0.5,
}));
const perInput = (paired: Paired): string => (paired.ns / all.length).toFixed(0);
const text = [
  '# Conditions and guardrails',
  `Node ${process.versions.node}, ${availableParallelism()} CPUs, ${process.platform} ${process.arch}. CPU time of the ` +
    `thread, medians of ${rounds} rounds in which both sides took turns. Read the ratios, not the numbers.`,
  `## Bars\n\n${barTable(bars)}`,
  `## Nanoseconds for one evaluation\n\n${table(
    ['', 'ours', 'cel-js', 'ours with what it saw', '× cel-js'],
    rows.map(({ name, ours, decide }) => [
      name,
      perInput(ours),
      (ours.ns / ours.ratio / all.length).toFixed(0),
      perInput(decide),
      `${decide.ratio.toFixed(2)}×`,
    ]),
  )}\n\n${conditionCases.map(({ name, source }) => `- ${name}: \`${source}\``).join('\n')}`,
  `## Microseconds for one check of a text of 1,000 characters\n\n${table(
    ['', 'finds nothing', 'of a text with personal data and an injection'],
    await guardrailRows(),
  )}`,
].join('\n\n');
process.stdout.write(`${text}\n`);
if (values.write || !values.quick) writeFileSync(join(import.meta.dirname, 'results.md'), `${text}\n`);
if (values.check && !bars.every(isMet)) process.exitCode = 1;
