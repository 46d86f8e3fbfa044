import { describe, expect, it } from 'vitest'
import { quotedReference } from './quoted-template.ts'
import { parseTemplate } from './template.ts'

const find = (interpreter: 'bash' | 'node' | 'python', source: string): string | undefined => {
  const parsed = parseTemplate(source)
  if (!parsed.ok) throw new Error(parsed.message)
  const reference = quotedReference(parsed.template.parts, interpreter)
  return reference?.kind === 'param' ? reference.name : undefined
}

describe('quotedReference', () => {
  it.each([
    ['bash', "echo '{{ params.p }}'"],
    ['bash', "x={{ params.q }} # it's fine\necho \"it's\" '{{ params.p }}'"],
    ['node', "console.log('{{ params.p }}')"],
    ['node', 'console.log("Hello {{ params.p }}!")'],
    ['node', `console.log(\`Hello \${ {{ params.q }} } and {{ params.p }}\`)`],
    ['node', "// it's\nconst a = {{ params.q }} / 2\nf('https://x/{{ params.p }}')"],
    ['python', 'print("{{ params.p }}")'],
  ] as const)('%s, between quotes: %s', (interpreter, source) => {
    expect(find(interpreter, source)).toBe('p')
  })

  it.each([
    ['bash', 'echo "{{ params.p }}"'],
    ['bash', 'echo {{ params.p }}'],
    ['bash', 'psql -q "select * from t where a = \'{{ params.p }}\'"'],
    ['bash', "cat <<END\n'{{ params.p }}'\nEND"],
    ['bash', "# '{{ params.p }}'\ntrue"],
    ['bash', "bash -ec '{{ params.p }}'"],
    ['bash', "trap '{{ params.p }}' EXIT"],
    ['bash', "echo 'a'{{ params.p }}'b'"],
    ['bash', 'echo "$(echo "it\'s")" \'{{ params.p }}\''],
    ['node', 'console.log({{ params.p }})'],
    ['node', `console.log(\`Hello \${ {{ params.p }} }\`)`],
    ['node', `console.log(\`Hello \${ f("a", {{ params.p }}) }\`)`],
    ['node', "const a = 'x' + {{ params.p }} + 'y'"],
    ['node', "const a = b.replace(/'/g, {{ params.p }}) + 'x'"],
    ['node', "// don't\n/* \" */ f({{ params.p }}, 'x')"],
    ['node', "eval('{{ params.p }}')"],
    ['node', 'execSync(\'node -e "console.log({{ params.p }})"\')'],
    ['python', 'print(f"{ {{ params.p }} }")'],
    ['python', 'print({{ params.p }}) # "{{ params.p }}"'],
  ] as const)('%s, as it should be or not certain: %s', (interpreter, source) => {
    expect(find(interpreter, source)).toBeUndefined()
  })
})
