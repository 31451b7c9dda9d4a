import assert from 'node:assert/strict';
import type { Tool, ToolCallContext } from '../contracts/tool.ts';
import type { Json, JsonObject, JsonSchema, Validator } from '../json.ts';
import type { ConformanceCase, ConformanceSuite } from './conformance.ts';
import { silentLog } from './silent-log.ts';

/** Some tools, ready to be called. */
export interface ToolFixture {
  readonly tools: readonly Tool[];
  close(): Promise<void>;
}

/** What {@link toolSuite} needs. */
export interface ToolSuiteOptions {
  /** Valid inputs of each tool, by its name; at least one each. */
  readonly examples: Readonly<Record<string, readonly JsonObject[]>>;
  /** Compiles a schema, `ctx.validator` for example; with it, inputs and results are held against their schemas. */
  readonly compile?: (schema: JsonSchema) => Validator;
}

const effects = ['pure', 'read', 'idempotent-write', 'write'];

/**
 * What every {@link Tool} must do: be described well enough for a model, accept valid input, answer JSON, stop
 * when told to. `open` gives the tools anew for each case.
 *
 * @example
 * ```ts
 * declare function openTools(): Promise<ToolFixture>;
 * declare function it(name: string, run: () => Promise<void>): void;
 * const examples = { roll_dice: [{}, { sides: 20 }] };
 * for (const { name, run } of toolSuite(openTools, { examples })) it(name, run);
 * ```
 */
export function toolSuite(open: () => Promise<ToolFixture>, options: ToolSuiteOptions): ConformanceSuite {
  const withTools = (name: string, work: (tools: readonly Tool[]) => Promise<void>): ConformanceCase => ({
    name,
    async run() {
      const fixture = await open();
      try {
        await work(fixture.tools);
      } finally {
        await fixture.close();
      }
    },
  });
  const onTool = (tool: string, name: string, work: (tool: Tool) => Promise<void>): ConformanceCase =>
    withTools(`${tool} ${name}`, async (tools) => {
      const found = tools.find((each) => each.name === tool);
      assert.ok(found, `there is a tool named ${tool}`);
      await work(found);
    });
  const problemsOf = (schema: JsonSchema | undefined, value: unknown): readonly unknown[] =>
    schema && options.compile ? options.compile(schema)(value) : [];

  return [
    withTools('the tools have different names, and each has an example', async (tools) => {
      const names = tools.map((tool) => tool.name).sort();
      assert.deepEqual(names, Object.keys(options.examples).sort());
      assert.equal(new Set(names).size, names.length);
    }),
    ...Object.entries(options.examples).flatMap(([tool, inputs]) => [
      onTool(tool, 'is described for a model', async (found) => checkDefinition(found)),
      onTool(tool, 'has an input schema that holds for its examples', async ({ input }) => {
        assert.ok(inputs.length > 0, 'it has an example');
        for (const example of inputs)
          assert.deepEqual(problemsOf(input, example), [], JSON.stringify(example));
      }),
      onTool(tool, 'answers each example with JSON that fits its output schema', async (found) => {
        for (const example of inputs) {
          const before = JSON.stringify(example);
          const result = await found.run(example, callContext());
          assert.deepEqual(roundTrip(result), result, 'the result survives JSON');
          assert.deepEqual(problemsOf(found.output, result), [], 'the result fits the output schema');
          assert.equal(JSON.stringify(example), before, 'the input is left as it was');
        }
      }),
      onTool(tool, 'ends when its signal is aborted before the call, and writes nothing', async (found) => {
        const signal = AbortSignal.abort(new Error('cancelled before'));
        const ended = await outcomeOf(found.run(inputs[0] ?? {}, callContext(signal)));
        if (found.effect.endsWith('write')) assert.equal(ended, 'stopped');
      }),
      onTool(tool, 'ends when its signal is aborted during a call', async (found) => {
        const controller = new AbortController();
        const ended = outcomeOf(found.run(inputs[0] ?? {}, callContext(controller.signal)));
        controller.abort(new Error('cancelled during'));
        await ended;
      }),
      onTool(tool, 'answers calls that overlap', async (found) => {
        const example = inputs[0] ?? {};
        const results = await Promise.all([1, 2, 3].map(() => found.run(example, callContext())));
        for (const result of results) assert.deepEqual(problemsOf(found.output, result), []);
      }),
    ]),
  ];
}

function checkDefinition({ name, description, input, output, effect, timeoutMs = 1 }: Tool): void {
  assert.match(name, /^[A-Za-z0-9_-]{1,64}$/);
  assert.ok(description.trim().length >= 10, 'a description says what the tool does and when to use it');
  assert.ok(effects.includes(effect), `effect is one of ${effects.join(', ')}`);
  assert.ok(Number.isInteger(timeoutMs) && timeoutMs > 0, 'timeoutMs is a whole number above zero');
  checkSchema(input, 'input');
  assert.equal(input['type'], 'object', 'the input is an object');
  const properties = (input['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>; // as JSON Schema says
  for (const [property, schema] of Object.entries(properties)) {
    assert.equal(typeof schema['description'], 'string', `input property ${property} has a description`);
  }
  for (const required of (input['required'] ?? []) as readonly string[]) {
    assert.ok(Object.hasOwn(properties, required), `required property ${required} is declared`);
  }
  if (output) checkSchema(output, 'output');
}

/** Models are sent schemas as text, so they must be plain JSON that needs nothing from elsewhere. */
function checkSchema(schema: JsonSchema, place: string): void {
  assert.deepEqual(roundTrip(schema), schema, `the ${place} schema is plain JSON`);
  for (const [, target] of JSON.stringify(schema).matchAll(/"\$ref":"([^"]*)"/g)) {
    assert.ok(target?.startsWith('#'), `the ${place} schema refers to nothing outside itself`);
  }
}

function roundTrip(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json; // what JSON.parse gives is JSON
}

let calls = 0;

function callContext(signal: AbortSignal = new AbortController().signal): ToolCallContext {
  return {
    signal,
    runId: 'run-suite',
    tenant: 'default',
    idempotencyKey: `run-suite:${++calls}`,
    log: silentLog,
  };
}

function outcomeOf(call: Promise<Json>): Promise<'answered' | 'stopped'> {
  return call.then(
    () => 'answered',
    () => 'stopped',
  );
}
