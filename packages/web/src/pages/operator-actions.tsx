/** What can be done with a rollout by this viewer: plain forms; what is refused says why. */
import type { ComponentChildren } from 'preact';
import type { OfferedAction, RolloutPageModel } from '../operator-model.ts';
import { Field } from '../parts/field.tsx';
import { Csrf } from '../parts/operator-frame.tsx';
import { StateMark } from '../parts/tone.tsx';
import { plainName, sentenceOf } from './operator-words.ts';

interface ActionWords {
  readonly title: string;
  readonly about: string;
  readonly button: string;
}

const WORDS: Readonly<Record<string, ActionWords>> = {
  evaluate: {
    title: 'Measure every criterion',
    about: 'What is found is written down for everybody. Nothing else changes.',
    button: 'Evaluate now',
  },
  stage: {
    title: 'Make it live in staging',
    about: 'The integrator can then test it with a key of staging. Production does not change.',
    button: 'Stage',
  },
  test_channel: {
    title: 'Test the incident channel',
    about: 'A test message is sent to the channel that the plan names.',
    button: 'Send a test message',
  },
  acknowledge: {
    title: 'Acknowledge that you are the rollback owner',
    about: 'You say that you answer for taking it back, if it must be taken back.',
    button: 'I am the rollback owner',
  },
  deploy: {
    title: 'Deploy',
    about:
      'Everything is measured again first, and the boundary decides: if anything does not hold, nothing changes and you see why. It can be undone: Roll back brings the version before back at once.',
    button: 'Measure again, then deploy',
  },
  rollback: {
    title: 'Roll back',
    about:
      'Brings the version before back, or takes the path out of service if there is none. At once; no gate and no freeze stands in the way.',
    button: 'Roll back',
  },
  suspend: {
    title: 'Suspend',
    about: 'Takes the path out of service: every check is then a reject.',
    button: 'Suspend',
  },
};

interface ActionsProps {
  readonly model: RolloutPageModel;
}

export function RolloutActions({ model }: ActionsProps) {
  const known = model.actions.filter(({ action }) => action in WORDS);
  if (known.length === 0) return <p>Nothing can be done with it any more.</p>;
  return (
    <div>
      {known.map((offered) => (
        <Action key={offered.action} model={model} offered={offered} />
      ))}
    </div>
  );
}

interface ActionProps extends ActionsProps {
  readonly offered: OfferedAction;
}

function Action({ model, offered: { action, refusals } }: ActionProps) {
  const words = WORDS[action];
  if (words === undefined) return null;
  return (
    <section class="act" aria-labelledby={`do-${action}`}>
      <h3 id={`do-${action}`}>{words.title}</h3>
      <p class="soft">{words.about}</p>
      {refusals.length === 0 ? (
        <ActionForm model={model} action={action} button={words.button} />
      ) : (
        <Refused model={model} refusals={refusals} />
      )}
    </section>
  );
}

/** Why not, in the page and never in a tooltip; and the way to show again who one is. */
function Refused({
  model: { rolloutId },
  refusals,
}: ActionsProps & Pick<OfferedAction, 'refusals'>) {
  const again = `/operator/sign-in?step_up=1&return_to=/operator/rollouts/${rolloutId}`;
  return (
    <div class="stack-tight">
      <StateMark tone="quiet" icon="not_checked" word="You cannot do this now" />
      <ul class="list">
        {refusals.map((code) => (
          <li key={code}>
            {sentenceOf(code)}
            {code === 'step_up_missing' && (
              <>
                {' '}
                <a href={again}>Show it now</a>
              </>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface ActionFormProps extends ActionsProps {
  readonly action: string;
  readonly button: string;
}

function ActionForm({ model, action, button }: ActionFormProps) {
  const { rolloutId, viewer } = model;
  const isRisky = ['rollback', 'suspend'].includes(action);
  return (
    <form
      method="post"
      action={`/operator/rollouts/${rolloutId}/${action.replaceAll('_', '-')}`}
      class="stack"
      novalidate
    >
      <Csrf viewer={viewer} />
      <FieldsOf model={model} action={action} />
      <p class="actions">
        <button class={`button ${buttonTone(action, isRisky)}`} type="submit">
          {button}
        </button>
      </p>
    </form>
  );
}

function buttonTone(action: string, isRisky: boolean): string {
  if (isRisky) return 'danger';
  return action === 'deploy' ? 'primary' : '';
}

function FieldsOf({
  model,
  action,
}: ActionsProps & { readonly action: string }): ComponentChildren {
  const { typed, problem, scope, holders } = model;
  const mine = typed?.form === action ? typed : undefined;
  const errorOf = (id: string) => (problem?.field === id ? problem.message : undefined);
  if (action === 'deploy') {
    const owners = holders.find(({ role }) => role === 'rollback_owner')?.people ?? [];
    return (
      <>
        <p>
          Rollback owner: <span class="strong">{owners.join(', ') || 'nobody'}</span>
        </p>
        <Field
          name="confirm_path_id"
          id="deploy-path"
          label={`Type the name of the path: ${scope.path_id}`}
          hint="To the letter. You can paste it."
          value={mine?.pathId}
          error={errorOf('deploy-path')}
        />
      </>
    );
  }
  if (!['rollback', 'suspend'].includes(action)) return null;
  return (
    <Field
      name="reason"
      id={`${action}-reason`}
      label="Reason"
      hint={`${plainName(action)} is recorded with it, and everybody who owns the path reads it`}
      value={mine?.reason}
      error={errorOf(`${action}-reason`)}
    />
  );
}
