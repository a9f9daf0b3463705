import { assignedNames } from '../src/function-ref/assigned.js'

/** What a script exports the function by that begins at `@`, as V8 has it: at its `(`, or at its one bare parameter. */
const names = (marked: string) => assignedNames(marked.replace('@', ''), marked.indexOf('@'))

test.each([
  ['CommonJS', 'exports.send = async @(to) => {}', ['send']],
  ['CommonJS, a function', 'module.exports.send = function send@(to) {}', ['send']],
  [
    'CommonJS, a list',
    'function send@(to) {}\nmodule.exports = { send, other: 1, mail: send }',
    ['send', 'mail'],
  ],
  ['TypeScript', 'exports.send = void 0;\nexports.send = send;\nasync function send@(to) {}', ['send']],
  [
    'TypeScript, a constant',
    'exports.a = exports.send = void 0;\nconst send = @(to) => 1;\nexports.send = send;',
    ['send'],
  ],
  [
    'Babel',
    'exports.default = send;\nexports.other = other;\nfunction send@(to) {}\nfunction other() {}',
    ['default'],
  ],
  [
    'swc',
    '_export(exports, {\n  get other () { return other; }, get send () {\n    return send;\n  }\n});\nfunction send@() {}',
    ['send'],
  ],
  [
    'swc, formerly',
    '_export(exports, {\n  send: function() { return send; }\n});\nfunction send@() {}',
    ['send'],
  ],
  [
    'esbuild',
    `Object.defineProperty(exports, "mail", { enumerable: true, get: function () { return send; } });\nfunction send@() {}`,
    ['mail'],
  ],
  [
    'vitest 3',
    `Object.defineProperty(__vi_export__, "send", { enumerable: true, configurable: true, get(){ return send }});\nfunction send@() {}`,
    ['send'],
  ],
  [
    'vitest 4',
    `__vite_ssr_exportName__("send", () => { try { return send } catch {} });\nfunction send@() {}`,
    ['send'],
  ],
])('%s', (_, marked, expected) => expect(names(marked)).toEqual(expected))

test.each([
  ['is not exported', 'function send@() {}'],
  [
    'has a namesake within a function',
    'exports.send = send;\nfunction send() {}\nfunction make() { function send@() {} }',
  ],
  ['is exported as what another one has made of it', 'exports.send = wrap(send);\nfunction send@() {}'],
  ['is given more than one value', 'exports.send = send;\nexports.send = other;\nfunction send@() {}'],
  ['is a method', 'exports.mailer = { send@() {} }'],
])('none where it %s', (_, marked) => expect(names(marked)).toEqual([]))
