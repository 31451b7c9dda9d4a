import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Secret, type InMemoryPlugin } from '@agent-factory/sdk';
import { lineOf, messageKinds } from '@agent-factory/sdk/bridge';
import { LanguageModel, PluginData, SecretStore, Tool } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { besiege, skipWithout } from './hostile.ts';
import { callTool } from '../support/call-tool.ts';
import { toolCode, writePlugin } from '../support/write-plugin.ts';

/** What was called that no contract knows. */
const called: string[] = [];
const symbol = Symbol.for('host.secret');

/** Something with more members than any contract has: of its own, inherited, hidden, and named by a symbol. */
class Inherited {
  inherited(): void {
    called.push('inherited');
  }
  get shown(): string {
    return 'shown';
  }
  [symbol](): void {
    called.push('symbol');
  }
}
class More extends Inherited {
  readonly field = 'field';
  readonly arrow = (): void => void called.push('arrow');
  more(): void {
    called.push('more');
  }
}

class RichTool extends More implements Tool {
  readonly name = 'rich';
  readonly description = 'Has more than it shows.';
  readonly input = { type: 'object', properties: { a: Object.assign(new More(), { type: 'string' }) } };
  readonly effect = 'pure';
  async run(): Promise<never> {
    return Object.assign(new More(), { answer: 1 }) as never; // no JSON, by mistake
  }
}

class RichModel extends More implements LanguageModel {
  readonly provider = 'rich';
  readonly description = 'Has more than it shows.';
  readonly available = true;
  async capabilities(): Promise<never> {
    throw new Error('it is not lent');
  }
  async generate(): Promise<never> {
    return Object.assign(new More(), { finishReason: 'stop' }) as never; // as above
  }
  async *stream(): AsyncGenerator<never> {
    yield Object.assign(new More(), { type: 'text', text: 'a' }) as never; // as above
  }
}

class RichSecrets extends More implements SecretStore {
  async names(): Promise<readonly string[]> {
    return ['key'];
  }
  async find(): Promise<{ value: Secret; hosts: readonly string[] }> {
    return { value: new Secret('kept-away-77aa'), hosts: [] };
  }
}

class RichData extends More implements PluginData {
  async get(): Promise<never> {
    return Object.assign(new More(), { value: 1 }) as never; // as above
  }
  async put(): Promise<never> {
    throw new Error('it keeps nothing');
  }
  async delete(): Promise<boolean> {
    return false;
  }
  async list(): Promise<never> {
    throw new Error('it keeps nothing');
  }
  async usage(): Promise<never> {
    throw new Error('it keeps nothing');
  }
  async clear(): Promise<number> {
    return 0;
  }
}

const host: InMemoryPlugin = {
  manifest: {
    id: 'host',
    name: 'host',
    version: '1.0.0',
    kernel: '*',
    provides: { 'secret-store': '1.0.0', 'plugin-data': '1.0.0' },
    contributes: { tool: '1.0.0', 'language-model': '1.1.0' },
  },
  plugin: {
    setup(ctx) {
      ctx.contribute(Tool, new RichTool());
      ctx.contribute(LanguageModel, new RichModel());
      ctx.provide(SecretStore, new RichSecrets());
      ctx.provide(PluginData, new RichData());
    },
  },
};

const reacher = writePlugin(
  'reacher',
  toolCode(
    'reach',
    `async (_, { tenant }) => {
      const question = { model: 'any', messages: [] };
      const pieces = [];
      for await (const piece of lent.model.stream(question, { tenant })) pieces.push(piece);
      const answers = {
        run: await lent.tool.run({}, { tenant }),
        generate: await lent.model.generate(question, { tenant }),
        piece: pieces[0],
        get: await lent.data.get({ plugin: 'reacher', tenant }, 'a'),
        schema: lent.tool.input.properties.a,
        find: await lent.secrets.find(tenant, 'key'),
      };
      const told = {};
      for (const [name, value] of Object.entries({ ...lent, ...answers })) {
        const tried = [];
        const members = ['more', 'inherited', 'shown', 'arrow', 'capabilities', Symbol.for('host.secret')];
        for (const member of members)
          try {
            await value[member]({}, { tenant });
            tried.push(String(member));
          } catch {}
        const isOurs = value.constructor === Object && Object.getPrototypeOf(value) === Object.prototype;
        const functions = Reflect.ownKeys(value).filter((key) => typeof value[key] === 'function').map(String);
        told[name] = { functions: functions.sort(), tried, isOurs };
      }
      return told;
    }`,
    `const lent = {
      tool: ctx.all({ id: 'tool' })[0].value,
      model: ctx.all({ id: 'language-model' })[0].value,
      secrets: ctx.use({ id: 'secret-store' }),
      data: ctx.use({ id: 'plugin-data' }),
    };`,
  ),
  {
    manifest: {
      collects: { tool: '^1.0.0', 'language-model': '^1.0.0' },
      requires: { 'secret-store': '^1.0.0', 'plugin-data': '^1.0.0' },
      permissions: { tools: '', models: '', secrets: '', data: '' },
    },
  },
);

describe('what is lent', function () {
  this.timeout(120_000);
  before(function () {
    return skipWithout(this, 'L1');
  });
  beforeEach(() => {
    called.length = 0;
  });

  it('has the methods that its contract says, and so has what they answer: none', async () => {
    const kernel = await bootTestKernel({
      plugins: [
        { use: join(import.meta.dirname, '../..'), config: { strongest: 'L1', spare: 0 } },
        host,
        { use: reacher, isolation: 'L1' },
      ],
      grants: { reacher: ['tools', 'models', 'secrets', 'data'] },
    });
    try {
      const of = (...functions: string[]): object => ({ functions, tried: [], isOurs: true });
      assert.deepEqual(await callTool(kernel, 'reach'), {
        tool: of('run'),
        model: of('generate', 'stream'),
        secrets: of('find', 'names'),
        data: of('clear', 'delete', 'get', 'list', 'put', 'usage'),
        run: of(),
        generate: of(),
        piece: of(),
        get: of(),
        schema: of(),
        find: of(),
      });
      assert.deepEqual(called, []);
    } finally {
      await kernel.close();
    }
  });

  it('is no function beside these, whatever number is called as if vm2 had failed', async () => {
    const granted = ['tools', 'secrets', 'data'];
    const besieged = await besiege('L1', 'as if vm2 had failed', { beside: [host], granted });
    try {
      // Fetch, the tool's one, the store's two and the six of data; the next number ends it.
      const lent = 1 + 1 + 2 + 6;
      const calls = (from: number, to: number): string =>
        Array.from({ length: to - from + 1 }, (_, at) =>
          lineOf(messageKinds.call, 9000 + from + at, from + at, '[]'),
        ).join('');
      assert.deepEqual((await besieged.attack('frames', { text: calls(1, lent) })).worked, ['written']);
      assert.equal((await besieged.attack('stack')).tried, 1);
      await assert.rejects(
        besieged.attack('frames', { text: calls(lent + 1, lent + 1) }).then(() => besieged.attack('stack')),
        new RegExp(`it called function ${lent + 1}, which was not lent`),
      );
      assert.deepEqual(called, []);
    } finally {
      await besieged.kernel.close();
    }
  });
});
