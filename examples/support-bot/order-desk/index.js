import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const orders = {
  A17: { id: 'A17', item: 'teapot', total: 35, state: 'delivered, broken' },
  B42: { id: 'B42', item: 'lamp', total: 80, state: 'on its way, there tomorrow' },
};

const order = { type: 'object', properties: { id: { type: 'string' }, item: { type: 'string' } } };

const findOrder = {
  name: 'find_order',
  description: 'Finds the order whose number a text names.',
  input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  output: {
    ...order,
    properties: { ...order.properties, total: { type: 'integer' }, state: { type: 'string' } },
    required: ['id', 'item', 'total', 'state'],
  },
  effect: 'read',
  run: async ({ text }) => {
    const found = Object.values(orders).find(({ id }) => text.includes(id));
    if (found) return found;
    throw new Error(`no order number in "${text}"`);
  },
};

const payBack = {
  name: 'pay_back',
  description: 'Pays back an order. Cannot be undone.',
  input: {
    type: 'object',
    properties: { order: { type: 'string' }, amount: { type: 'integer', minimum: 1 } },
    required: ['order', 'amount'],
  },
  effect: 'write',
  run: async ({ order: id, amount }, { idempotencyKey }) => ({ order: id, amount, receipt: idempotencyKey }),
};

/** Tickets lie in a file, one a line; the same call again finds the one it made. */
function openTicket(file) {
  let last = Promise.resolve();
  const open = async ({ subject, text }, key) => {
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    const tickets = lines.map((line) => JSON.parse(line));
    const known = tickets.find((ticket) => ticket.key === key);
    if (known) return { number: known.number };
    const ticket = { number: tickets.length + 1, key, subject, text };
    await writeFile(file, `${[...lines, JSON.stringify(ticket)].join('\n')}\n`);
    return { number: ticket.number };
  };
  return {
    name: 'open_ticket',
    description: 'Opens a ticket, so that a person looks at something. Gives its number.',
    input: {
      type: 'object',
      properties: { subject: { type: 'string' }, text: { type: 'string' } },
      required: ['subject', 'text'],
    },
    output: { type: 'object', properties: { number: { type: 'integer' } }, required: ['number'] },
    effect: 'idempotent-write',
    run: (input, { idempotencyKey }) => {
      const made = last.then(() => open(input, idempotencyKey));
      last = made.catch(() => {});
      return made;
    },
  };
}

export default {
  setup(ctx) {
    const tickets = openTicket(join(ctx.platform.dataDir, 'tickets.jsonl'));
    for (const tool of [findOrder, payBack, tickets]) ctx.contribute({ id: 'tool' }, tool);
  },
};
