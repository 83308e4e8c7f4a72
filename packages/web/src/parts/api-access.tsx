/** How a host would call the boundary: instructions with placeholders, never a key. */
import type { AccessInstructions } from '../wizard-model.ts';
import { Code } from './code.tsx';
import { Alternatives } from './disclosure.tsx';

export function ApiAccess({ access }: { readonly access: AccessInstructions }) {
  return (
    <div class="stack">
      <p>
        Instructions, not credentials. The path does not answer before an operator has deployed it,
        and only then is there a key for it. Required in every request:{' '}
        {access.required_fields.map((field, index) => (
          <>
            {index > 0 && ', '}
            <code key={field}>{field}</code>
          </>
        ))}
        .
      </p>
      <Alternatives
        name="access"
        alternatives={[
          { title: 'curl', content: <Code caption="Shell" text={access.curl} /> },
          {
            title: 'TypeScript',
            content: <Code caption="TypeScript" text={typescriptOf(access)} />,
          },
          { title: 'Python', content: <Code caption="Python" text={pythonOf(access)} /> },
        ]}
      />
    </div>
  );
}

function typescriptOf({ endpoint, headers, example_request: request }: AccessInstructions): string {
  return [
    `const answer = await fetch('${endpoint}', {`,
    "  method: 'POST',",
    `  headers: ${indented(headers)},`,
    `  body: JSON.stringify(${indented(request)}),`,
    '});',
    "if (answer.status !== 200) throw new Error('No verdict: do not act.');",
    'const { verdict, receipt } = await answer.json(); // verify the receipt before you act',
  ].join('\n');
}

function pythonOf({ endpoint, headers, example_request: request }: AccessInstructions): string {
  return [
    'import json, urllib.request',
    '',
    `body = ${pretty(request)}`,
    `headers = ${pretty(headers)}`,
    `request = urllib.request.Request("${endpoint}", json.dumps(body).encode(), headers)`,
    'with urllib.request.urlopen(request) as answer:  # raises unless the status is 2xx',
    '    result = json.load(answer)  # verify result["receipt"] before you act',
  ].join('\n');
}

function pretty(value: object): string {
  return JSON.stringify(value, undefined, 2);
}

function indented(value: object): string {
  return pretty(value).replaceAll('\n', '\n  ');
}
