using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Personalization.Health;
using Personalization.Journal;
using Personalization.Mail;
using Personalization.Outreach;
using Personalization.Quarantine;
using Personalization.Shop;
using Personalization.Support;
using Shouldly;
using Xunit;

namespace Personalization.Tests.Mail;

/// <summary>R81, complaints 23 to 26: a message leaves at most once, whenever the process dies.</summary>
public class DispatcherTests
{
    const long Now = 1_768_046_400_000,
        Minute = 60_000;

    readonly Outbox _outbox = new();
    RecordingTransport _transport = new();
    readonly IStore _store;
    readonly ListLogger _log = new();
    long _now = Now;

    public DispatcherTests() => _store = _outbox.AsStore();

    Dispatcher Dispatcher(Dispatch? dispatch = null) =>
        new(
            _store,
            _transport,
            dispatch ?? TakeOver,
            PutOff,
            new() { GiveUpAfter = TimeSpan.FromMinutes(5) },
            new ShopClock(TimeProvider.System),
            Watch,
            _log
        );

    StoreWatch Watch => new(_store, NullLogger<StoreWatch>.Instance);

    /// <summary>The customer's turn that takes a message back.</summary>
    ValueTask PutOff(OutboxEntry entry, long until, string why)
    {
        _outbox.PutOff(entry.Message, until, why, _now);
        return default;
    }

    Task<int> RunAsync(Dispatcher dispatcher, long now)
    {
        _now = now;
        return dispatcher.RunOnceAsync(now);
    }

    /// <summary>The customer's turn as the host runs it: the move is committed, then the message is given out.</summary>
    ValueTask<EmailMessage?> TakeOver(OutboxEntry entry) =>
        new(
            _outbox.Move(entry.Message, OutboxState.Queued, OutboxState.Dispatched, null)
                ? Messages.Sample with
                {
                    Message = entry.Message,
                }
                : null
        );

    [Fact]
    public async Task A_due_message_is_sent_once_and_one_that_is_not_due_waits()
    {
        var (due, later) = (_outbox.Queue(Now), _outbox.Queue(Now + 1));
        var dispatcher = Dispatcher();
        (await dispatcher.RunOnceAsync(Now)).ShouldBe(1);
        (await dispatcher.RunOnceAsync(Now)).ShouldBe(0);
        _transport.Offered.ShouldBe([due]);
        _outbox[due].State.ShouldBe(OutboxState.Sent);
        _outbox[later].State.ShouldBe(OutboxState.Queued);
    }

    [Fact]
    public async Task A_message_withheld_at_the_last_check_is_not_sent()
    {
        var message = _outbox.Queue(Now);
        await Dispatcher(entry =>
            {
                _outbox.Move(entry.Message, OutboxState.Queued, OutboxState.Withheld, null);
                return new((EmailMessage?)null);
            })
            .RunOnceAsync(Now);
        _transport.Offered.ShouldBeEmpty();
        _outbox[message].State.ShouldBe(OutboxState.Withheld);
    }

    [Theory]
    [InlineData(false, OutboxState.Unknown)]
    [InlineData(true, OutboxState.Sent)]
    public async Task After_a_crash_between_dispatch_and_answer_it_is_never_sent_again(bool taken, OutboxState state)
    {
        var message = _outbox.Queue(Now);
        _transport.Dies = true;
        using var death = new CancellationTokenSource();
        _transport.WhenOffered = death.Cancel;
        await Should.ThrowAsync<OperationCanceledException>(async () => await Dispatcher().RunOnceAsync(Now, death.Token));
        _outbox[message].State.ShouldBe(OutboxState.Dispatched);

        (_transport.Dies, _transport.WhenOffered) = (false, null);
        if (taken)
            _transport.Taken.Add(message);
        var restarted = Dispatcher();
        await restarted.RecoverAsync(Now + Minute);
        (await restarted.RunOnceAsync(Now + Minute)).ShouldBe(0);
        _transport.Offered.Count.ShouldBe(1);
        _outbox[message].State.ShouldBe(state);
    }

    [Fact]
    public async Task A_crash_after_the_file_was_written_is_recovered_from_the_folder()
    {
        var folder = Directory.CreateTempSubdirectory("pickup").FullName;
        try
        {
            var (written, unwritten) = (_outbox.Queue(Now), _outbox.Queue(Now));
            foreach (var message in new[] { written, unwritten })
                _outbox.Move(message, OutboxState.Queued, OutboxState.Dispatched, null);
            var pickup = new PickupTransport(folder, TimeProvider.System);
            await pickup.SendAsync(Messages.Sample with { Message = written });
            var dispatcher = new Dispatcher(
                _store,
                pickup,
                TakeOver,
                PutOff,
                new(),
                new ShopClock(TimeProvider.System),
                Watch,
                _log
            );
            await dispatcher.RecoverAsync(Now);
            await dispatcher.RunOnceAsync(Now);
            _outbox[written].State.ShouldBe(OutboxState.Sent);
            _outbox[unwritten].State.ShouldBe(OutboxState.Unknown);
            Directory.GetFiles(folder).Length.ShouldBe(1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_transport_that_wants_it_later_is_asked_again_at_growing_intervals_until_it_is_given_up()
    {
        var message = _outbox.Queue(Now);
        _transport.Answer = DeliveryResult.TryLater("The mail server answered 450.");
        var dispatcher = Dispatcher();
        await RunAsync(dispatcher, Now);
        (_outbox[message].State, _outbox[message].NotBefore).ShouldBe((OutboxState.Queued, Now + Minute));
        await RunAsync(dispatcher, Now + Minute - 1);
        _transport.Offered.Count.ShouldBe(1);
        await RunAsync(dispatcher, Now + Minute);
        (_outbox[message].Attempts, _outbox[message].NotBefore).ShouldBe((2, Now + 3 * Minute));
        await RunAsync(dispatcher, Now + 3 * Minute);
        _transport.Offered.Count.ShouldBe(3);
        _outbox[message].State.ShouldBe(OutboxState.Failed, "four more minutes would be more than five in all");
        _outbox[message].Detail!.ShouldStartWith("The mail server answered 450. It was tried 3 times");
    }

    [Fact]
    public async Task A_message_that_waits_is_neither_lost_nor_failed_when_the_server_stops_or_dies()
    {
        var message = _outbox.Queue(Now);
        _transport.Answer = DeliveryResult.TryLater("later");
        var dispatcher = Dispatcher();
        await RunAsync(dispatcher, Now);
        await dispatcher.StopAsync(default);
        _outbox[message].State.ShouldBe(OutboxState.Queued);
        _transport.Answer = DeliveryResult.Sent;
        var restarted = Dispatcher();
        await restarted.RecoverAsync(Now);
        (await RunAsync(restarted, Now)).ShouldBe(0);
        (await RunAsync(restarted, Now + Minute)).ShouldBe(1);
        _outbox[message].State.ShouldBe(OutboxState.Sent);
    }

    [Fact]
    public async Task While_nothing_can_be_sent_no_message_is_touched_and_the_log_has_two_lines()
    {
        var messages = Enumerable.Range(0, 20).Select(_ => _outbox.Queue(Now)).ToArray();
        _transport.Away = "The mail server cannot be reached (ConnectionRefused).";
        var dispatcher = Dispatcher();
        for (var minute = 0; minute < 30; minute++)
            await RunAsync(dispatcher, Now + minute * Minute);
        messages.ShouldAllBe(message => _outbox[message].State == OutboxState.Queued && _outbox[message].Attempts == 0);
        _transport.Away = null;
        var sent = 0;
        for (var minute = 30; minute < 50; minute++)
            sent += await RunAsync(dispatcher, Now + minute * Minute);
        sent.ShouldBe(20);
        _log.Lines.Count.ShouldBe(2);
        _log.Lines[0].ShouldContain("ConnectionRefused");
    }

    [Fact]
    public async Task After_three_in_vain_the_others_stay_queued_and_one_now_and_then_tries()
    {
        var messages = Enumerable.Range(0, 20).Select(_ => _outbox.Queue(Now)).ToArray();
        _transport.Answer = DeliveryResult.TryLater("The mail server was lost before the message left.");
        var dispatcher = Dispatcher();
        await RunAsync(dispatcher, Now);
        await RunAsync(dispatcher, Now + 1);
        messages.Count(message => _outbox[message].Attempts == 1).ShouldBe(3);
        await RunAsync(dispatcher, Now + Minute);
        messages.Sum(message => _outbox[message].Attempts).ShouldBe(4);
        _transport.Answer = DeliveryResult.Sent;
        (await RunAsync(dispatcher, Now + 3 * Minute)).ShouldBe(1);
        (await RunAsync(dispatcher, Now + 3 * Minute)).ShouldBe(19);
        messages.ShouldAllBe(message => _outbox[message].State == OutboxState.Sent);
        _log.Lines.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Greylisting_puts_off_its_own_messages_and_the_next_is_sent_in_the_same_round()
    {
        var messages = Enumerable.Range(0, 4).Select(_ => _outbox.Queue(Now)).ToArray();
        _transport.Defers.UnionWith(messages[..3]);
        (await RunAsync(Dispatcher(), Now)).ShouldBe(1);
        messages
            .Select(message => (_outbox[message].State, _outbox[message].Attempts, _outbox[message].NotBefore))
            .ShouldBe([.. Enumerable.Repeat((OutboxState.Queued, 1, Now + Minute), 3), (OutboxState.Sent, 0, Now)]);
        _log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_lets_nobody_send_makes_the_queue_wait_and_fails_none_of_it()
    {
        var messages = Enumerable.Range(0, 6).Select(_ => _outbox.Queue(Now)).ToArray();
        await using var sink = new SmtpSink { Answers = { ["MAIL"] = "550 5.7.1 this account was locked" } };
        await using var transport = Messages.Transport(Messages.Plain(sink) with { Connections = 1 });
        var dispatcher = new Dispatcher(
            _store,
            transport,
            TakeOver,
            PutOff,
            new(),
            new ShopClock(TimeProvider.System),
            Watch,
            _log
        );
        await RunAsync(dispatcher, Now);
        messages.ShouldAllBe(message => _outbox[message].State == OutboxState.Queued);
        messages.ShouldContain(message => _outbox[message].Attempts == 0);
        sink.Answers.Clear();
        for (var minute = 1; minute <= 10; minute++)
            await RunAsync(dispatcher, Now + minute * Minute);
        messages.ShouldAllBe(message => _outbox[message].State == OutboxState.Sent);
    }

    [Fact]
    public async Task One_bad_recipient_does_not_make_the_others_wait_or_be_sent_to_again()
    {
        var messages = Enumerable.Range(0, 5).Select(_ => _outbox.Queue(Now)).ToArray();
        _transport.Refuses.Add(messages[2]);
        _transport.Breaks.Add(messages[3]);
        var dispatcher = Dispatcher();
        (await dispatcher.RunOnceAsync(Now)).ShouldBe(3);
        (await dispatcher.RunOnceAsync(Now + 100 * Minute)).ShouldBe(0);
        _transport.Offered.Count.ShouldBe(5);
        messages
            .Select(message => _outbox[message].State)
            .ShouldBe([OutboxState.Sent, OutboxState.Sent, OutboxState.Failed, OutboxState.Unknown, OutboxState.Sent]);
    }

    [Fact]
    public async Task A_message_that_cannot_be_made_stays_queued_and_is_asked_for_again_later()
    {
        var message = _outbox.Queue(Now);
        var broken = true;
        var asked = 0;
        var dispatcher = Dispatcher(entry =>
        {
            asked++;
            return broken ? throw new TemplateException("Template \"x\", line 3: wrong.") : TakeOver(entry);
        });
        await dispatcher.RunOnceAsync(Now);
        await dispatcher.RunOnceAsync(Now + 1);
        asked.ShouldBe(1);
        _outbox[message].State.ShouldBe(OutboxState.Queued);
        broken = false;
        (await dispatcher.RunOnceAsync(Now + Minute)).ShouldBe(1);
        _outbox[message].State.ShouldBe(OutboxState.Sent);
    }

    [Fact]
    public async Task A_message_that_fails_again_and_again_is_set_aside_also_after_a_restart_until_it_is_to_be_tried_again()
    {
        var (poison, good) = (_outbox.Queue(Now), _outbox.Queue(Now));
        var broken = true;
        var asked = 0;
        ValueTask<EmailMessage?> Dispatch(OutboxEntry entry)
        {
            if (entry.Message != poison)
                return TakeOver(entry);
            asked++;
            return broken ? throw new FormatException("ana@shop.test cannot be read.") : TakeOver(entry);
        }
        var dispatcher = Dispatcher(Dispatch);
        for (var minute = 0; minute < 6; minute++)
            await RunAsync(dispatcher, Now + minute * Minute);
        asked.ShouldBe(3);
        (_outbox[poison].State, _outbox[good].State).ShouldBe((OutboxState.Queued, OutboxState.Sent));
        var item = _outbox.Quarantine.ShouldHaveSingleItem();
        (item.Kind, item.Subject, item.Customer, item.Tries).ShouldBe((QuarantineKind.Message, $"{poison}", 7, 3));
        item.Reason.ShouldNotContain("ana");
        _log.Lines.Count(line => line.StartsWith("Set aside")).ShouldBe(1);
        _log.Lines.Count.ShouldBe(2);
        _log.Lines.ShouldAllBe(line => !line.Contains("ana@"));

        await RunAsync(Dispatcher(Dispatch), Now + 10 * Minute);
        asked.ShouldBe(3, "the next dispatcher knows");

        broken = false;
        _outbox.Quarantine[0] = item with { Retry = true };
        (await RunAsync(Dispatcher(Dispatch), Now + 11 * Minute)).ShouldBe(1);
        _outbox[poison].State.ShouldBe(OutboxState.Sent);
        _outbox.Quarantine.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_silo_that_does_not_answer_sets_no_message_aside()
    {
        var message = _outbox.Queue(Now);
        var dispatcher = Dispatcher(_ => throw new TimeoutException("No answer."));
        for (var minute = 0; minute < 6; minute++)
            await RunAsync(dispatcher, Now + minute * Minute);
        _outbox[message].State.ShouldBe(OutboxState.Queued);
        _outbox.Quarantine.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_customer_that_cannot_be_reached_does_not_stop_the_mail_of_others()
    {
        var messages = Enumerable.Range(0, 3).Select(_ => _outbox.Queue(Now)).ToArray();
        var dispatcher = Dispatcher(entry =>
            entry.Message == messages[0]
                ? throw new StoreUnavailableException("The silo of this customer cannot be reached now.")
                : TakeOver(entry)
        );
        (await dispatcher.RunOnceAsync(Now)).ShouldBe(2);
        _outbox[messages[0]].State.ShouldBe(OutboxState.Queued);
    }

    [Fact]
    public async Task A_message_that_cannot_be_made_after_it_was_dispatched_has_failed_with_the_reason()
    {
        var message = _outbox.Queue(Now);
        var dispatcher = Dispatcher(entry =>
        {
            TakeOver(entry);
            throw new TemplateException("There is no playbook abandoned-cart any more.");
        });
        (await dispatcher.RunOnceAsync(Now)).ShouldBe(0);
        (_outbox[message].State, _outbox[message].Detail).ShouldBe(
            (OutboxState.Failed, "There is no playbook abandoned-cart any more.")
        );
        _transport.Offered.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_outcome_the_store_cannot_take_now_is_recorded_later_and_nothing_is_sent_twice()
    {
        var message = _outbox.Queue(Now);
        var dispatcher = Dispatcher();
        _transport.WhenOffered = () => _outbox.Down = true;
        await Should.ThrowAsync<StoreUnavailableException>(async () => await dispatcher.RunOnceAsync(Now));
        _outbox[message].State.ShouldBe(OutboxState.Dispatched);
        _outbox.Down = false;
        await dispatcher.RunOnceAsync(Now + 1);
        _outbox[message].State.ShouldBe(OutboxState.Sent);
        _transport.Offered.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Messages_leave_as_many_at_a_time_as_the_transport_sends_each_once_and_recorded_by_itself()
    {
        _transport = new() { Connections = 4 };
        var messages = Enumerable.Range(0, 60).Select(_ => _outbox.Queue(Now)).ToArray();
        _transport.Refuses.Add(messages[10]);
        _transport.Breaks.Add(messages[20]);
        (await Dispatcher().RunOnceAsync(Now)).ShouldBe(58);
        _transport.MostAtOnce.ShouldBeInRange(2, 4);
        _transport.Offered.Order().ShouldBe(messages.Order());
        _outbox[messages[10]].State.ShouldBe(OutboxState.Failed);
        _outbox[messages[20]].State.ShouldBe(OutboxState.Unknown);
        messages.Count(message => _outbox[message].State == OutboxState.Sent).ShouldBe(58);
    }

    [Fact]
    public async Task A_store_that_fails_amid_parallel_messages_loses_no_outcome_and_doubles_none()
    {
        _transport = new() { Connections = 4 };
        var messages = Enumerable.Range(0, 20).Select(_ => _outbox.Queue(Now)).ToArray();
        var dispatcher = Dispatcher();
        _transport.WhenOffered = () => _outbox.Down = true;
        await Should.ThrowAsync<StoreUnavailableException>(async () => await dispatcher.RunOnceAsync(Now));
        _transport.WhenOffered = null;
        _outbox.Down = false;
        await dispatcher.RunOnceAsync(Now + 1);
        messages.ShouldAllBe(message => _outbox[message].State == OutboxState.Sent);
        _transport.Offered.Order().ShouldBe(messages.Order());
    }

    sealed class RecordingTransport : IMailTransport
    {
        public List<Guid> Offered { get; } = [];
        public HashSet<Guid> Taken { get; } = [];
        public HashSet<Guid> Refuses { get; } = [];
        public HashSet<Guid> Breaks { get; } = [];
        public HashSet<Guid> Defers { get; } = [];
        public DeliveryResult Answer { get; set; } = DeliveryResult.Sent;
        public Action? WhenOffered { get; set; }
        public bool Dies { get; set; }
        public string? Away { get; set; }

        public ValueTask<string?> ReachAsync(CancellationToken cancel) => new(Away);

        public int Connections { get; init; } = 1;
        public int MostAtOnce { get; private set; }
        int _atOnce;

        public async ValueTask<DeliveryResult> SendAsync(EmailMessage message, CancellationToken cancel)
        {
            lock (Offered)
                MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            if (Connections > 1)
                await Task.Delay(5, CancellationToken.None);
            lock (Offered)
            {
                _atOnce--;
                return AnswerTo(message, cancel);
            }
        }

        DeliveryResult AnswerTo(EmailMessage message, CancellationToken cancel)
        {
            Offered.Add(message.Message);
            WhenOffered?.Invoke();
            if (Dies)
                cancel.ThrowIfCancellationRequested();
            if (Breaks.Contains(message.Message))
                throw new IOException("broken");
            if (Defers.Contains(message.Message))
                return DeliveryResult.Deferred("The mail server answered 450.");
            return Refuses.Contains(message.Message) ? DeliveryResult.Refused("550") : Answer;
        }

        public ValueTask<bool> HasTakenAsync(Guid message, CancellationToken cancel) => new(Taken.Contains(message));
    }

    /// <summary>The outbox of a store, in memory; everything else of the store is out of reach.</summary>
    sealed class Outbox
    {
        readonly List<OutboxEntry> _entries = [];

        public List<QuarantinedItem> Quarantine { get; } = [];

        public bool Down { get; set; }

        public OutboxEntry this[Guid message] => _entries.Single(entry => entry.Message == message);

        public Guid Queue(long notBefore)
        {
            var message = Guid.NewGuid();
            _entries.Add(new(message, 7, "abandoned-cart", "cart", "email", notBefore, OutboxState.Queued));
            return message;
        }

        public bool Move(Guid message, OutboxState from, OutboxState to, string? detail)
        {
            lock (_entries)
            {
                var index = _entries.FindIndex(entry => entry.Message == message && entry.State == from);
                if (index >= 0)
                    _entries[index] = _entries[index] with { State = to, Detail = detail };
                return index >= 0;
            }
        }

        public void PutOff(Guid message, long until, string why, long now)
        {
            lock (_entries)
            {
                var index = _entries.FindIndex(entry => entry.Message == message && entry.State == OutboxState.Dispatched);
                var entry = _entries[index];
                _entries[index] = entry with
                {
                    State = OutboxState.Queued,
                    NotBefore = until,
                    Detail = why,
                    Attempts = entry.Attempts + 1,
                    TriedSince = entry.Attempts == 0 ? now : entry.TriedSince,
                };
            }
        }

        ValueTask<bool> SetAside(QuarantinedItem item)
        {
            Quarantine.Add(item);
            return new(true);
        }

        ValueTask Release(string subject)
        {
            Quarantine.RemoveAll(item => item.Subject == subject);
            return default;
        }

        public IStore AsStore() =>
            Fake.Of<IStore>(
                (method, args) =>
                {
                    if (Down)
                        throw new StoreUnavailableException("The disk is full.");
                    return method.Name switch
                    {
                        nameof(IStore.ReadOutboxAsync) => new ValueTask<IReadOnlyList<OutboxEntry>>([
                            .. _entries
                                .Where(entry => entry.State == (OutboxState)args[0]! && entry.NotBefore <= (long)args[1]!)
                                .Take((int)args[2]!),
                        ]),
                        nameof(IStore.MoveOutboxAsync) => new ValueTask<bool>(
                            Move((Guid)args[0]!, (OutboxState)args[1]!, (OutboxState)args[2]!, (string?)args[3])
                        ),
                        nameof(IStore.ReadQuarantineAsync) => new ValueTask<IReadOnlyList<QuarantinedItem>>([.. Quarantine]),
                        nameof(IStore.SetAsideAsync) => SetAside((QuarantinedItem)args[0]!),
                        nameof(IStore.ReleaseAsync) => Release((string)args[1]!),
                        _ => throw new NotSupportedException(method.Name),
                    };
                }
            );
    }

    sealed class ListLogger : ILogger<Dispatcher>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => level > LogLevel.Debug;

        public void Log<TState>(
            LogLevel level,
            EventId id,
            TState state,
            Exception? error,
            Func<TState, Exception?, string> format
        )
        {
            if (!IsEnabled(level))
                return;
            lock (Lines)
                Lines.Add(format(state, error));
        }
    }
}
