Console.WriteLine("personalization");
