using System.Runtime.CompilerServices;

// The session log and the neighbours are tested on their own: what they hold is visible outside only as an answer.
[assembly: InternalsVisibleTo("Personalization.Tests")]

// What a ranking learns from is made by the code that serves it.
[assembly: InternalsVisibleTo("Personalization.Models")]
