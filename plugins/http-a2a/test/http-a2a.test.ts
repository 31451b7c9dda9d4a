import assert from 'node:assert/strict';
import { Role, TaskState, type Message, type Part, type Task } from '@a2a-js/sdk';
import type { Client } from '@a2a-js/sdk/client';
import {
  ContentTypeNotSupportedError,
  PushNotificationNotSupportedError,
  RequestMalformedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { JsonObject } from '@agent-factory/sdk';
import { AgentRuntime } from '@agent-factory/sdk/contracts';
import {
  answerIn,
  bootA2a,
  data,
  message,
  sending,
  text,
  textIn,
  type A2aPlatform,
} from './support/a2a-platform.ts';

const listing = {
  tenant: '',
  contextId: '',
  status: TaskState.TASK_STATE_UNSPECIFIED,
  pageToken: '',
  statusTimestampAfter: undefined,
};
const named = (id: string) => ({ tenant: '', id, metadata: undefined });

describe('the door for clients of the Agent2Agent protocol', function () {
  this.timeout(60_000);
  let platform: A2aPlatform;
  let key: string;
  let person: string;

  before(async () => {
    platform = await bootA2a();
    key = await platform.keyOf('acme', 'service');
    person = await platform.keyOf('acme', 'operator');
  });
  after(() => platform?.kernel.close());

  const sent = async (client: Client, ...given: Parameters<typeof sending>): Promise<Task> => {
    const result = await client.sendMessage(sending(...given));
    assert.ok('status' in result, 'a task and no message');
    return result;
  };
  const stateOf = ({ status }: Task): string => TaskState[status?.state ?? TaskState.UNRECOGNIZED] ?? '';
  /** What a task that waits says it waits for. */
  const asked = ({ status }: Task) => {
    const content = status?.message?.parts.find((part) => part.content?.$case === 'data')?.content;
    assert.ok(content);
    return (content.value as { readonly waitsFor: readonly JsonObject[] }).waitsFor; // as the door says it
  };

  it('has an agent answer a message, in a task of a context, which is a run of a session', async () => {
    const client = await platform.clientOf('guide', key);
    const task = await sent(client, message('Hello'));
    assert.equal(stateOf(task), 'TASK_STATE_COMPLETED');
    assert.equal(answerIn(task), 'You said: Hello');
    const [asked] = task.history;
    assert.deepEqual([asked?.role, textIn(asked?.parts ?? [])], [Role.ROLE_USER, 'Hello']);
    const run = await platform.kernel.use(AgentRuntime).tenant('acme').get(task.id);
    assert.deepEqual([run.status, run.session], ['succeeded', task.contextId]);
    assert.equal((await sent(client, message('Hello'), { historyLength: 0 })).history.length, 0);
  });

  it('goes on with a context, and takes the same message twice as one', async () => {
    const client = await platform.clientOf('guide', key);
    const first = await sent(client, message('One'));
    const again = message('Two', { contextId: first.contextId });
    const second = await sent(client, again);
    assert.deepEqual([second.contextId, second.id === first.id], [first.contextId, false]);
    const { input } = await platform.kernel.use(AgentRuntime).tenant('acme').get(second.id);
    assert.equal((input as readonly unknown[]).length, 1); // what was said before is in its memory
    assert.equal((await sent(client, again)).id, second.id);
    assert.notEqual((await sent(client, { ...again, parts: [text('Three')] })).id, second.id);
  });

  it('takes data and images, and refuses other files', async () => {
    const client = await platform.clientOf('guide', key);
    assert.equal(
      answerIn(await sent(client, message([text('See'), data({ a: 1 })]))),
      'You said: See\n{"a":1}',
    );
    const image: Part = {
      content: { $case: 'raw', value: Buffer.from([1, 2, 250]) },
      metadata: undefined,
      filename: '',
      mediaType: 'image/png',
    };
    const task = await sent(client, message([text('Look'), image]));
    assert.equal(answerIn(task), 'You said: Look');
    const { input } = await platform.kernel.use(AgentRuntime).tenant('acme').get(task.id);
    assert.match(JSON.stringify(input), /data:image\/png;base64,AQL6/);
    assert.deepEqual(task.history[0]?.parts[1]?.content, image.content);
    const refused = (part: Part) =>
      assert.rejects(sent(client, message([part])), (error) => error instanceof ContentTypeNotSupportedError);
    await refused({ ...image, mediaType: 'application/pdf' });
    await refused({ ...image, mediaType: '' });
    const file: Part = { ...image, content: { $case: 'url', value: 'file:///etc/passwd' } };
    await assert.rejects(sent(client, message([file])), /AF_RUN_INPUT_INVALID|begins neither/);
  });

  it('gives an answer to a schema as data, and says what failed', async () => {
    const shaped = await sent(await platform.clientOf('shaped', key), message('How?'));
    assert.deepEqual(shaped.artifacts[0]?.parts[0]?.content, { $case: 'data', value: { mood: 'good' } });
    const failed = await sent(await platform.clientOf('fails', key), message('Now'));
    assert.equal(stateOf(failed), 'TASK_STATE_FAILED');
    assert.match(textIn(failed.status?.message?.parts ?? []), /it fell over/);
    assert.equal(failed.artifacts.length, 0);
  });

  it('answers at once where nobody wants to wait', async () => {
    const client = await platform.clientOf('holds', key);
    const task = await sent(client, message('Go'), { returnImmediately: true });
    assert.match(stateOf(task), /SUBMITTED|WORKING/);
    const stream = client.resubscribeTask(named(task.id));
    await stream.next();
    platform.release();
    for await (const _event of stream);
    const done = await client.getTask(named(task.id));
    assert.deepEqual([stateOf(done), answerIn(done)], ['TASK_STATE_COMPLETED', 'Held: let go']);
  });

  it('asks for permission, and goes on when a person with the right to give it answers', async () => {
    const client = await platform.clientOf('pays', person);
    const task = await sent(client, message('Pay'));
    assert.equal(stateOf(task), 'TASK_STATE_INPUT_REQUIRED');
    const [question] = asked(task);
    assert.deepEqual(
      [question?.['kind'], question?.['tool'], question?.['input']],
      ['approval', 'pay', { amount: 5 }],
    );
    const answer = (parts: string | readonly Part[], more: Partial<Message> = {}) =>
      sent(client, message(parts, { taskId: task.id, ...more }));
    await assert.rejects(answer('Well, yes and no'), RequestMalformedError);
    await assert.rejects(answer([data({ for: 'nothing', outcome: 'approved' })]), RequestMalformedError);
    await assert.rejects(answer('approved', { contextId: 'ctx_other' }), RequestMalformedError);
    const done = await answer([
      data({ for: question?.['for'] as string, outcome: 'approved', input: { amount: 7 } }),
    ]);
    assert.deepEqual([stateOf(done), answerIn(done)], ['TASK_STATE_COMPLETED', 'The tool says: paid 7']);
    await assert.rejects(answer('approved'), UnsupportedOperationError);
    const other = await sent(client, message('Pay'));
    const refused = await sent(client, message('Rejected.', { taskId: other.id }));
    assert.equal(stateOf(refused), 'TASK_STATE_COMPLETED');
    assert.doesNotMatch(answerIn(refused), /paid/);
  });

  it('lets nobody give permission who may not, and says so', async () => {
    const client = await platform.clientOf('pays', key);
    const task = await sent(client, message('Pay'));
    await assert.rejects(sent(client, message('approved', { taskId: task.id })), /runs:approve/);
    assert.equal(stateOf(await client.getTask(named(task.id))), 'TASK_STATE_INPUT_REQUIRED');
  });

  it('asks for what an agent asks that it asks itself', async () => {
    const client = await platform.clientOf('asks', person);
    const task = await sent(client, message('Pay'));
    assert.equal(stateOf(task), 'TASK_STATE_INPUT_REQUIRED');
    const done = await sent(client, message('approved', { taskId: task.id }));
    assert.deepEqual(
      [stateOf(done), answerIn(done)],
      ['TASK_STATE_COMPLETED', 'They say: The tool says: paid 5'],
    );
  });

  it('has whoever asks call their own tools', async () => {
    const client = await platform.clientOf('calls', key);
    const task = await sent(client, message('The weather?'));
    const [call] = asked(task);
    assert.deepEqual([call?.['tool'], call?.['input']], ['weather', { city: 'Oslo' }]);
    assert.equal(answerIn(await sent(client, message('cold', { taskId: task.id }))), 'It is cold.');
    const other = await sent(client, message('The weather?'));
    const told = message([data({ output: 'warm' })], { taskId: other.id });
    assert.equal(answerIn(await sent(client, told)), 'It is warm.');
  });

  it('takes no message for a task that is at work', async () => {
    const client = await platform.clientOf('holds', key);
    const task = await sent(client, message('Go'), { returnImmediately: true });
    await assert.rejects(sent(client, message('More', { taskId: task.id })), UnsupportedOperationError);
    await client.cancelTask(named(task.id));
  });

  it('cancels a task, once and again, and none that has ended otherwise', async () => {
    const client = await platform.clientOf('holds', key);
    const task = await sent(client, message('Go'), { returnImmediately: true });
    assert.equal(stateOf(await client.cancelTask(named(task.id))), 'TASK_STATE_CANCELED');
    assert.equal(stateOf(await client.cancelTask(named(task.id))), 'TASK_STATE_CANCELED');
    const guide = await platform.clientOf('guide', key);
    const done = await sent(guide, message('Hello'));
    await assert.rejects(guide.cancelTask(named(done.id)), TaskNotCancelableError);
    await assert.rejects(guide.cancelTask(named('run_no')), TaskNotFoundError);
  });

  it('lists the tasks of a caller with an agent, page by page', async () => {
    const own = await platform.keyOf('acme', 'service');
    const client = await platform.clientOf('guide', own);
    const made: string[] = [];
    for (const word of ['One', 'Two', 'Three']) made.unshift((await sent(client, message(word))).id);
    await sent(await platform.clientOf('shaped', own), message('How?'));
    const all = await client.listTasks(listing);
    const sorted = all.tasks.map(({ id }) => id);
    assert.deepEqual([all.totalSize, all.nextPageToken, new Set(sorted)], [3, '', new Set(made)]);
    assert.equal(all.tasks[0]?.artifacts.length, 0);
    const first = await client.listTasks({ ...listing, pageSize: 2, includeArtifacts: true });
    assert.deepEqual([first.tasks.length, first.totalSize, first.pageSize], [2, 3, 2]);
    assert.match(answerIn(first.tasks[0] ?? { artifacts: [] }), /You said/);
    const second = await client.listTasks({ ...listing, pageSize: 2, pageToken: first.nextPageToken });
    assert.deepEqual(
      [...first.tasks, ...second.tasks].map(({ id }) => id),
      sorted,
    );
    assert.equal(second.nextPageToken, '');
    const [{ contextId } = { contextId: '' }] = all.tasks;
    assert.equal((await client.listTasks({ ...listing, contextId })).totalSize, 1);
    const failed = { ...listing, status: TaskState.TASK_STATE_FAILED };
    assert.equal((await client.listTasks(failed)).totalSize, 0);
    const later = { ...listing, statusTimestampAfter: '2999-01-01T00:00:00.000Z' };
    assert.equal((await client.listTasks(later)).totalSize, 0);
    for (const wrong of [{ pageToken: 'no' }, { pageSize: 101 }, { statusTimestampAfter: 'soon' }])
      await assert.rejects(client.listTasks({ ...listing, ...wrong }), RequestMalformedError);
  });

  it('tells nobody by push notifications, and says so in the protocol’s words', async () => {
    const client = await platform.clientOf('guide', key);
    const { id } = await sent(client, message('Hello'));
    const config = {
      tenant: '',
      id: 'c',
      taskId: id,
      url: 'https://hooks.example',
      token: '',
      authentication: undefined,
    };
    // The client itself asks for nothing that the card does not offer.
    const { transport } = client;
    const options = { serviceParameters: { 'A2A-Version': '1.0' } };
    const one = { tenant: '', taskId: id, id: 'c' };
    const wish = sending(message('Hello'));
    const configuration = { ...wish.configuration, taskPushNotificationConfig: config };
    for (const refused of [
      transport.createTaskPushNotificationConfig(config, options),
      transport.getTaskPushNotificationConfig(one, options),
      transport.listTaskPushNotificationConfig({ ...one, pageSize: 1, pageToken: '' }, options),
      transport.deleteTaskPushNotificationConfig(one, options),
      transport.sendMessage({ ...wish, configuration }, options),
    ])
      await assert.rejects(refused, PushNotificationNotSupportedError);
  });
});
