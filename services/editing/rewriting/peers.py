"""Everyday things that take one another's place in a picture: of one kind, one size and one use.

The rows are COCO's super-categories (Lin et al., 2014) split by size and use, their 80 classes with other things of
the same sort, written by hand; no frequencies. `name super-category: nouns`.
"""

from functools import cache

from services.english.vocabulary import words

_ROWS = """
people person: man, woman, boy, girl, child
workers person: chef, nurse, farmer, soldier, firefighter, police officer, sailor, fisherman, clown, waiter
street_riders person: skateboarder, cyclist, runner
snow_riders person: skier, snowboarder
swimming_people person: surfer, swimmer, diver
players person: baseball player, tennis player, soccer player, basketball player
little_children person: little boy, little girl, toddler, baby
pets animal: cat, dog, rabbit, puppy, kitten
livestock animal: horse, cow, sheep, goat, donkey, pig
young_livestock animal: lamb, calf, foal, piglet
giants animal: elephant, giraffe, rhinoceros, hippopotamus, camel
grazers animal: zebra, deer, antelope, buffalo, moose
beasts animal: bear, lion, tiger, leopard, wolf
small_beasts animal: squirrel, monkey, raccoon, fox, hedgehog, lizard
birds animal: bird, parrot, owl, pigeon, crow, eagle
waterfowl animal: duck, swan, goose, seagull, pelican, flamingo
young_birds animal: duckling, chick
insects animal: butterfly, bee, dragonfly, ladybug
swimmers animal: dolphin, whale, shark, turtle, seal
road_vehicles vehicle: car, bus, truck, van, taxi
work_vehicles vehicle: tractor, bulldozer, excavator
cycles vehicle: bicycle, motorcycle, scooter, tricycle
railed vehicle: train, tram
aircraft vehicle: airplane, helicopter, glider
boats vehicle: boat, sailboat, canoe, kayak, ferry, raft, submarine
carts vehicle: stroller, cart, wheelbarrow, shopping cart
street_posts outdoor: fire hydrant, mailbox, parking meter, trash can, lamppost
street_signs outdoor: stop sign, traffic light, billboard, street sign
bags accessory: backpack, handbag, suitcase, briefcase
hats accessory: hat, cap, helmet, crown
tops accessory: shirt, jacket, sweater, coat, vest
dresses accessory: dress, skirt, gown, robe
neckwear accessory: tie, scarf, necklace, bow tie
carried accessory: umbrella, flag, balloon, lantern
discs sports: frisbee, ball, beach ball
balls sports: soccer ball, basketball, volleyball, beach ball
swung sports: tennis racket, baseball bat, golf club, hockey stick
on_wheels sports: skateboard, scooter, tricycle
on_snow sports: snowboard, sled
on_water sports: surfboard, kayak, canoe
aloft sports: kite, balloon, drone
balloons vehicle: hot air balloon, helicopter, airplane
drinking kitchen: cup, glass, bottle, teapot, mug
stemware kitchen: wine glass, bottle, teapot
vessels kitchen: bowl, plate, tray, basket, pan
cutlery kitchen: fork, knife, spoon, spatula
holders kitchen: vase, bucket, jar, basket
fruit food: apple, orange, banana, pear, peach, lemon
vegetables food: carrot, potato, tomato, cucumber, onion
pastry food: cake, donut, muffin, cookie, croissant, cupcake
meals food: pizza, sandwich, hot dog, hamburger, taco, burrito
staples food: rice, pasta, salad, soup, cereal
sliced food: pizza, cake, bread, pie, cheese
meats food: chicken, beef, fish, bacon, ham, shrimp
greens food: broccoli, spinach, cauliflower, asparagus, lettuce
toppings food: mustard, ketchup, mayonnaise
drinks food: coffee, tea, milk, juice, water, beer, wine
pizza_toppings food: cheese, pepperoni, basil
seats furniture: chair, sofa, armchair, stool, bench
beds furniture: bed, hammock, couch, crib
tables furniture: table, dining table, desk, counter, bench
storage furniture: shelf, cabinet, dresser, bookcase
screens electronic: television, monitor, fireplace, aquarium
computers electronic: laptop, tablet, typewriter
small_devices electronic: keyboard, remote control, calculator, telephone, computer mouse
phones electronic: cell phone, walkie-talkie, camera
sound electronic: amplifier, radio, speaker, piano
large_appliances appliance: stove, refrigerator, dishwasher, washing machine
small_appliances appliance: microwave, toaster, kettle, blender
bathroom_fittings appliance: toilet, sink, bathtub, shower
printed indoor: book, newspaper, magazine, letter
wall_things indoor: clock, mirror, painting
lights indoor: lamp, candle, lantern
toys indoor: teddy bear, doll, robot, puppet
brushes indoor: toothbrush, hairbrush, comb
soft indoor: pillow, cushion, blanket, towel
containers indoor: box, basket, crate, bucket
tools indoor: hammer, screwdriver, wrench, scissors
long_tools indoor: ladder, broom, shovel, rake
flowers plant: flower, fern, leaf
garden_flowers plant: rose, tulip, sunflower, daisy
trees plant: tree, palm, cactus, bush
strings indoor: guitar, violin, cello, banjo
winds indoor: trumpet, saxophone, flute
houses structure: house, barn, cottage, church
towers structure: tower, lighthouse, windmill, castle
fences structure: fence, wall, hedge
monuments structure: statue, fountain, monument
potted plant: potted plant, vase, lamp
cages indoor: cage, crate
"""
MASS = words(
    "rice pasta salad bread soup cereal cake pizza pie chicken beef fish bacon ham shrimp "
    "broccoli spinach cauliflower asparagus lettuce "
    "mustard ketchup mayonnaise coffee tea milk juice water beer wine cheese pepperoni basil hay grass food fruit sand "
    "yarn meat snow"
)
COUNTED_TOO = words("salad fish chicken shrimp cake pizza pie")
WOMEN = frozenset(("woman", "girl", "lady", "little girl", "waitress", "bride", "actress", "policewoman"))
YOUNG = words("child boy girl baby toddler")
GROWN = words("man woman chef nurse farmer soldier firefighter sailor fisherman waiter clown")
MEN = frozenset(("man", "boy", "gentleman", "little boy", "fisherman", "groom", "waiter", "policeman", "guy"))


@cache
def groups() -> dict[str, tuple[str, ...]]:
    """The nouns of each group, as the table has them."""
    return {name: nouns for name, _, nouns in _rows()}


@cache
def super_category(group: str) -> str:
    """COCO's super-category that a group belongs to."""
    return next(kind for name, kind, _ in _rows() if name == group)


@cache
def groups_of(noun: str) -> tuple[str, ...]:
    """The groups that list a noun."""
    return tuple(name for name, _, nouns in _rows() if noun in nouns)


@cache
def everyday() -> frozenset[str]:
    """All nouns of the table."""
    return frozenset(noun for _, _, nouns in _rows() for noun in nouns)


@cache
def _rows() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    rows = []
    for line in _ROWS.strip().splitlines():
        title, _, nouns = line.partition(": ")
        name, kind = title.split()
        rows.append((name, kind, tuple(nouns.split(", "))))
    return tuple(rows)
