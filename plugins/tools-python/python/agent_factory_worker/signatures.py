"""What functions there are in a source text: read, never run."""

import ast
import inspect
import json
import re


def describe(source):
    """The public functions of a source text, each with its schema and description."""
    tree = ast.parse(source)
    return [
        _function(node, tree)
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_")
    ]


def _function(node, tree):
    doc = inspect.cleandoc(ast.get_docstring(node) or "")
    told = _parameter_docs(doc)
    plain = node.args.posonlyargs + node.args.args
    defaults = [None] * (len(plain) - len(node.args.defaults)) + list(node.args.defaults)
    pairs = list(zip(plain, defaults)) + list(zip(node.args.kwonlyargs, node.args.kw_defaults))
    properties, required = {}, []
    for argument, default in pairs:
        schema = _schema(argument.annotation, tree, 0)
        literal = _literal(default)
        if default is None:
            required.append(argument.arg)
        elif literal is not _none_found:
            schema = schema or _schema_of_value(literal)
            if literal is None and isinstance(schema.get("type"), str) and schema["type"] != "null":
                schema["type"] = [schema["type"], "null"]
            schema["default"] = literal
        schema["description"] = schema.get("description") or told.get(argument.arg) or _words(argument.arg)
        properties[argument.arg] = schema
    return {
        "name": node.name,
        "description": re.split(r"\n\s*(?:Args|Arguments|Parameters|Returns|Raises|Yields)\s*:?\s*\n", doc)[0].strip(),
        "input": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": node.args.kwarg is not None,
        },
        "positional": node.args.vararg is not None,
    }


_none_found = object()


def _literal(node):
    try:
        value = ast.literal_eval(node)
        return json.loads(json.dumps(value, allow_nan=False))
    except Exception:
        return _none_found


def _words(name):
    return name.replace("_", " ").strip().capitalize() + "."


def _parameter_docs(doc):
    """What a docstring says of parameters, as Google and Sphinx write it."""
    told = dict(re.findall(r"^:param (?:\w+ )?(\w+): *(.+)$", doc, re.M))
    section = re.search(r"(?:Args|Arguments|Parameters)\s*:\s*\n((?:[ \t]+.*\n?|\n)*)", doc)
    for name, text in re.findall(r"^[ \t]+(\w+)(?: *\([^)\n]*\))?: *(.+)$", section.group(1) if section else "", re.M):
        told.setdefault(name, text.strip())
    return told


_simple = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "dict": {"type": "object"},
    "Dict": {"type": "object"},
    "Mapping": {"type": "object"},
    "list": {"type": "array"},
    "List": {"type": "array"},
    "Sequence": {"type": "array"},
    "Iterable": {"type": "array"},
    "tuple": {"type": "array"},
    "Tuple": {"type": "array"},
    "set": {"type": "array"},
}


def _schema(node, tree, depth):
    """The JSON Schema of an annotation; empty where nothing certain can be said."""
    if node is None or depth > 20:
        return {}
    if isinstance(node, ast.Constant):
        if node.value is None:
            return {"type": "null"}
        try:
            return _schema(ast.parse(node.value, mode="eval").body, tree, depth + 1)
        except (SyntaxError, TypeError, ValueError):
            return {}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _any_of([node.left, node.right], tree, depth)
    name = _name(node)
    if name is not None:
        return dict(_simple[name]) if name in _simple else _class_schema(name, tree, depth)
    if not isinstance(node, ast.Subscript):
        return {}
    kind, inner = _name(node.value), node.slice
    parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    if kind == "Optional":
        return _any_of([inner, ast.Constant(value=None)], tree, depth)
    if kind == "Union":
        return _any_of(parts, tree, depth)
    if kind == "Literal":
        values = [_literal(part) for part in parts]
        return {} if _none_found in values else {"enum": values}
    if kind == "Annotated":
        texts = [part.value for part in parts[1:] if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        return {**_schema(parts[0], tree, depth + 1), **({"description": texts[0]} if texts else {})}
    base = dict(_simple.get(kind, {}))
    if base.get("type") == "array" and kind not in ("tuple", "Tuple"):
        items = _schema(parts[0], tree, depth + 1)
        return {**base, "items": items} if items else base
    if base.get("type") == "object" and len(parts) == 2:
        values = _schema(parts[1], tree, depth + 1)
        return {**base, "additionalProperties": values} if values else base
    return base


def _name(node):
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _any_of(nodes, tree, depth):
    schemas = [_schema(node, tree, depth + 1) for node in nodes]
    if not all(schemas):
        return {}
    flat = [each for schema in schemas for each in (schema["anyOf"] if list(schema) == ["anyOf"] else [schema])]
    if all(list(each) == ["type"] for each in flat):
        types = [each["type"] for each in flat]
        return {"type": types if all(isinstance(one, str) for one in types) else sum(types, [])}
    return {"anyOf": flat}


def _class_schema(name, tree, depth):
    """A TypedDict of the same file."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or node.name != name:
            continue
        bases = [_name(base) for base in node.bases]
        if "TypedDict" in bases:
            fields = [each for each in node.body if isinstance(each, ast.AnnAssign) and _name(each.target)]
            total = not any(word.arg == "total" and _literal(word.value) is False for word in node.keywords)
            return {
                "type": "object",
                "properties": {_name(each.target): _schema(each.annotation, tree, depth + 1) for each in fields},
                "required": [_name(each.target) for each in fields] if total else [],
            }
    return {}


def _schema_of_value(value):
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return {"type": kinds[type(value)]} if type(value) in kinds else {}
