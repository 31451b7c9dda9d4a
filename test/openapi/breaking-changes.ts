type Node = Readonly<Record<string, unknown>>;

const methods = ['get', 'put', 'post', 'patch', 'delete'] as const;
/** Bounds of what is accepted: of these a smaller one refuses what was taken before, … */
const uppers = ['maxLength', 'maximum', 'exclusiveMaximum', 'maxItems', 'maxProperties'] as const;
/** … and of these a larger one. */
const lowers = ['minLength', 'minimum', 'exclusiveMinimum', 'minItems', 'minProperties'] as const;

/**
 * What a client of one OpenAPI document cannot rely on any more in another: each a sentence with its place. Additions are
 * none: new operations, parameters that may be left out, new members of answers. An operation whose sunset has passed by
 * `now` may go. What is inside `anyOf`, `oneOf` and `allOf` is not looked at.
 */
export function breakingChanges(before: Node, after: Node, now: number): string[] {
  const found: string[] = [];
  for (const [path, item] of Object.entries(nodeOf(before['paths']))) {
    for (const method of methods) {
      const old = nodeOf(item)[method] as Node | undefined; // an operation, where there is one
      if (!old) continue;
      const where = `${method.toUpperCase()} ${path}`;
      const next = nodeOf(nodeOf(after['paths'])[path])[method] as Node | undefined; // as above
      if (next) found.push(...inOperation(where, old, next));
      else if (!isOver(old, now)) found.push(`${where} is gone`);
    }
  }
  return found;
}

function isOver(operation: Node, now: number): boolean {
  const sunset = operation['x-sunset'];
  return typeof sunset === 'string' && Date.parse(sunset) <= now;
}

function inOperation(where: string, old: Node, next: Node): string[] {
  const found: string[] = [];
  if (old['operationId'] !== next['operationId']) found.push(`${where} has another operationId`);
  if (old['x-permission'] !== next['x-permission']) found.push(`${where} asks for another permission`);
  const parameters = byName(next);
  for (const [name, one] of byName(old)) {
    const now = parameters.get(name);
    if (!now) found.push(`${where}: the parameter ${name} is gone`);
    else
      found.push(...ofInput(`${where}: the parameter ${name}`, nodeOf(one['schema']), nodeOf(now['schema'])));
  }
  for (const [name, one] of parameters)
    if (one['required'] === true && byName(old).get(name)?.['required'] !== true)
      found.push(`${where}: the parameter ${name} must be given now`);
  const [body, nextBody] = [bodyOf(old), bodyOf(next)];
  if (body && nextBody) found.push(...ofInput(`${where}: the body`, body, nextBody));
  else if (nextBody) found.push(`${where} wants a body now`);
  else if (body) found.push(`${where} takes no body any more`);
  const responses = nodeOf(next['responses']);
  for (const [status, response] of Object.entries(nodeOf(old['responses']))) {
    if (!/^[23]/.test(status)) continue;
    if (!responses[status]) found.push(`${where} does not answer ${status} any more`);
    else found.push(...ofAnswer(`${where}: ${status}`, nodeOf(response), nodeOf(responses[status])));
  }
  return found;
}

function ofAnswer(where: string, old: Node, next: Node): string[] {
  const contents = nodeOf(next['content']);
  return Object.entries(nodeOf(old['content'])).flatMap(([type, content]) =>
    contents[type]
      ? ofOutput(where, nodeOf(nodeOf(content)['schema']), nodeOf(nodeOf(contents[type])['schema']))
      : [`${where} is not ${type} any more`],
  );
}

/** What was accepted has to be accepted still. */
function ofInput(where: string, old: Node, next: Node): string[] {
  const found = ofBoth(where, old, next, ofInput);
  for (const name of requiredOf(next))
    if (!requiredOf(old).includes(name)) found.push(`${where}: ${name} must be given now`);
  if (!typesOf(old).every((type) => takes(next, type))) found.push(`${where} takes another type`);
  const values = next['enum'];
  const wereValues = old['enum'];
  if (
    Array.isArray(values) &&
    !(Array.isArray(wereValues) && wereValues.every((one) => values.includes(one)))
  )
    found.push(`${where} takes fewer values`);
  if (next['pattern'] !== undefined && next['pattern'] !== old['pattern'])
    found.push(`${where} has another pattern`);
  for (const bound of uppers)
    if (numberOf(next[bound], Infinity) < numberOf(old[bound], Infinity))
      found.push(`${where}: ${bound} is less`);
  for (const bound of lowers)
    if (numberOf(next[bound], -Infinity) > numberOf(old[bound], -Infinity))
      found.push(`${where}: ${bound} is more`);
  if (
    next['additionalProperties'] === false &&
    old['additionalProperties'] !== false &&
    old['type'] === 'object'
  )
    found.push(`${where} takes no other members any more`);
  return found;
}

/** What could be read has to be there still. */
function ofOutput(where: string, old: Node, next: Node): string[] {
  const found = ofBoth(where, old, next, ofOutput);
  for (const name of requiredOf(old))
    if (!requiredOf(next).includes(name)) found.push(`${where}: ${name} may be missing now`);
  if (typesOf(old).length > 0 && !typesOf(next).every((type) => takes(old, type)))
    found.push(`${where} has another type`);
  return found;
}

function ofBoth(
  where: string,
  old: Node,
  next: Node,
  inside: (where: string, old: Node, next: Node) => string[],
): string[] {
  const properties = nodeOf(next['properties']);
  const found = Object.entries(nodeOf(old['properties'])).flatMap(([name, schema]) =>
    properties[name] === undefined
      ? [`${where}: ${name} is gone`]
      : inside(`${where}: ${name}`, nodeOf(schema), nodeOf(properties[name])),
  );
  if (old['items'] !== undefined && next['items'] !== undefined)
    found.push(...inside(`${where}[]`, nodeOf(old['items']), nodeOf(next['items'])));
  return found;
}

function takes(schema: Node, type: string): boolean {
  const types = typesOf(schema);
  return types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'));
}

function typesOf({ type }: Node): readonly string[] {
  return type === undefined ? [] : ([type].flat() as string[]); // JSON Schema says so
}

function requiredOf({ required }: Node): readonly string[] {
  return Array.isArray(required) ? (required as string[]) : []; // JSON Schema says so
}

function byName({ parameters }: Node): ReadonlyMap<string, Node> {
  const all = Array.isArray(parameters) ? (parameters as Node[]) : []; // OpenAPI says so
  return new Map(all.map((one) => [`${String(one['in'])} ${String(one['name'])}`, one]));
}

function bodyOf({ requestBody }: Node): Node | undefined {
  const content = nodeOf(nodeOf(requestBody)['content'])['application/json'];
  return content === undefined ? undefined : nodeOf(nodeOf(content)['schema']);
}

function numberOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null ? (value as Node) : {};
}
