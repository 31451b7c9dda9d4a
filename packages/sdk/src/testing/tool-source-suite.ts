import assert from 'node:assert/strict';
import type { ToolSource } from '../contracts/tool-source.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';

/** A source in which the first tenant has tools and the second has none. */
export interface ToolSourceFixture {
  readonly source: ToolSource;
  readonly tenants: readonly [string, string];
  /** Adds or removes a tool of the first tenant, as whoever looks after the source would. */
  change(): Promise<void>;
  close(): Promise<void>;
}

/** What every {@link ToolSource} must do. */
export function toolSourceSuite(open: () => Promise<ToolSourceFixture>): ConformanceSuite {
  const on = onFixture(open);

  return [
    on('lists tools in the order of their names, each once, and gives each by its name', async (fixture) => {
      const { source, tenants } = fixture;
      const tools = await source.tools(tenants[0]);
      const names = tools.map(({ name }) => name);
      assert.ok(names.length > 0);
      assert.deepEqual(names, [...new Set(names)].sort());
      for (const tool of tools) assert.equal(await source.tool(tenants[0], tool.name), tool);
    }),
    on('gives undefined for a tool that is not there', async ({ source, tenants }) => {
      for (const name of ['', 'nobody_has_this', '__proto__', 'a\0b'])
        assert.equal(await source.tool(tenants[0], name), undefined);
    }),
    on('shows a tenant nothing of another', async ({ source, tenants }) => {
      const [first] = await source.tools(tenants[0]);
      assert.deepEqual(await source.tools(tenants[1]), []);
      assert.equal(await source.tool(tenants[1], first?.name ?? ''), undefined);
    }),
    on('says that tools changed, until nobody wants to know', async ({ source, tenants, change }) => {
      const before = (await source.tools(tenants[0])).map(({ name }) => name);
      const told: (string | undefined)[] = [];
      const news = Promise.withResolvers<void>();
      const stop = source.onChange((tenant) => {
        told.push(tenant);
        news.resolve();
      });
      await change();
      await news.promise;
      assert.ok(told.every((tenant) => tenant === undefined || tenant === tenants[0]));
      assert.notDeepEqual(
        (await source.tools(tenants[0])).map(({ name }) => name),
        before,
      );
      await stop();
      const heard = told.length;
      await change();
      assert.equal(told.length, heard);
    }),
  ];
}
