"""Places and kinds of thing that a rule can know by name: what makes a capitalised word a place or a body.

Countries are the members of the United Nations and a few more; cities are capitals, the largest, and
those where trade talks are held. Everything else is learned from the corpus or from its pattern.
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.replace("\n", " ").split(",") if name.strip())


COUNTRIES = _names("""
Afghanistan, Albania, Algeria, Andorra, Angola, Argentina, Armenia, Australia, Austria, Azerbaijan, Bahamas,
Bahrain, Bangladesh, Barbados, Belarus, Belgium, Belize, Benin, Bhutan, Bolivia, Bosnia, Bosnia and
Herzegovina, Botswana, Brazil, Brunei, Bulgaria, Burkina Faso, Burundi, Cambodia, Cameroon, Canada, Cape
Verde, Chad, Chile, China, Colombia, Comoros, Congo, Costa Rica, Croatia, Cuba, Cyprus, Czech Republic,
Czechia, Denmark, Djibouti, Dominica, Dominican Republic, East Timor, Ecuador, Egypt, El Salvador, England,
Eritrea, Estonia, Eswatini, Ethiopia, Fiji, Finland, France, Gabon, Gambia, Georgia, Germany, Ghana, Greece,
Greenland, Grenada, Guatemala, Guinea, Guyana, Haiti, Honduras, Hong Kong, Hungary, Iceland, India,
Indonesia, Iran, Iraq, Ireland, Israel, Italy, Ivory Coast, Jamaica, Japan, Jordan, Kazakhstan, Kenya,
Kiribati, Kosovo, Kuwait, Kyrgyzstan, Laos, Latvia, Lebanon, Lesotho, Liberia, Libya, Liechtenstein,
Lithuania, Luxembourg, Macau, Macao, Macedonia, North Macedonia, Madagascar, Malawi, Malaysia, Maldives,
Mali, Malta, Mauritania, Mauritius, Mexico, Micronesia, Moldova, Monaco, Mongolia, Montenegro, Morocco,
Mozambique, Myanmar, Burma, Namibia, Nauru, Nepal, Netherlands, New Zealand, Nicaragua, Niger, Nigeria,
North Korea, Northern Ireland, Norway, Oman, Pakistan, Palau, Palestine, Panama, Papua New Guinea, Paraguay,
Peru, Philippines, Poland, Portugal, Puerto Rico, Qatar, Romania, Russia, Rwanda, Samoa, San Marino, Saudi
Arabia, Scotland, Senegal, Serbia, Seychelles, Sierra Leone, Singapore, Slovakia, Slovenia, Somalia, South
Africa, South Korea, Korea, South Sudan, Soviet Union, Spain, Sri Lanka, Sudan, Suriname, Swaziland, Sweden,
Switzerland, Syria, Taiwan, Tajikistan, Tanzania, Thailand, Togo, Tonga, Trinidad and Tobago, Tunisia,
Turkey, Türkiye, Turkmenistan, Tuvalu, UAE, Uganda, UK, Ukraine, United Arab Emirates, United Kingdom, Great
Britain, Britain, United States, United States of America, US, USA, U.S, U.K, America, Uruguay, Uzbekistan,
Vanuatu, Vatican City, Venezuela, Vietnam, Wales, Yemen, Yugoslavia, Zambia, Zimbabwe
""")

REGIONS = _names("""
Africa, Alabama, Alaska, Alberta, Anhui, Antarctica, Arctic, Arizona, Arkansas, Asia, Atlantic, Balkans,
Bavaria, British Columbia, California, Caribbean, Catalonia, Central America, Central Asia, Colorado,
Connecticut, Crimea, Delaware, East Asia, Eastern Europe, Europe, Far East, Florida, Fujian, Gansu,
Guangdong, Guangxi, Guizhou, Hainan, Hawaii, Hebei, Heilongjiang, Henan, Hubei, Hunan, Idaho, Illinois,
Indiana, Inner Mongolia, Iowa, Jiangsu, Jiangxi, Jilin, Kansas, Kentucky, Latin America, Liaoning,
Louisiana, Maine, Maryland, Massachusetts, Mediterranean, Michigan, Middle East, Midwest, Minnesota,
Mississippi, Missouri, Montana, Nebraska, Nevada, New Hampshire, New Jersey, New Mexico, New South Wales,
Ningxia, Normandy, North Africa, North America, North Carolina, North Dakota, Ohio, Oklahoma, Ontario,
Oregon, Pacific, Pennsylvania, Qinghai, Quebec, Queensland, Rhode Island, Scandinavia, Shaanxi, Shandong,
Shanxi, Siberia, Sichuan, Silicon Valley, South America, South Asia, South Carolina, South China Sea, South
Dakota, Southeast Asia, Tasmania, Tennessee, Texas, Tibet, Utah, Vermont, Victoria, Virginia, Washington
State, West Bank, West Virginia, Western Europe, Wisconsin, Wyoming, Xinjiang, Yunnan, Zhejiang, Gulf of
Mexico, Taiwan Strait, Yellow Sea, Panama Canal, Suez Canal
""")

CITIES = _names("""
Abu Dhabi, Abuja, Addis Ababa, Algiers, Amman, Amsterdam, Ankara, Antwerp, Athens, Atlanta, Auckland,
Baghdad, Baku, Baltimore, Bangalore, Bangkok, Barcelona, Beijing, Beirut, Belgrade, Berlin, Bern,
Birmingham, Bogotá, Bogota, Boston, Brasília, Brasilia, Bratislava, Brisbane, Brussels, Bucharest, Budapest,
Buenos Aires, Busan, Cairo, Calgary, Cambridge, Canberra, Cape Town, Caracas, Casablanca, Charlotte,
Chengdu, Chennai, Chicago, Chongqing, Cleveland, Cologne, Copenhagen, Dalian, Dallas, Damascus, Davos,
Delhi, Denver, Detroit, Dhaka, Doha, Dubai, Dublin, Edinburgh, Frankfurt, Fresno, Geneva, Glasgow,
Guangzhou, Gyeongju, Hamburg, Hangzhou, Hanoi, Harbin, Havana, Helsinki, Hiroshima, Ho Chi Minh City,
Houston, Islamabad, Istanbul, Jacksonville, Jakarta, Jerusalem, Johannesburg, Kabul, Karachi, Kathmandu,
Kiev, Kyiv, Kolkata, Kuala Lumpur, Lagos, Las Vegas, Leeds, Lima, Lisbon, Liverpool, London, Los Angeles,
Lyon, Madrid, Manchester, Manila, Mar-a-Lago, Marseille, Melbourne, Mexico City, Miami, Milan, Minneapolis,
Montevideo, Montreal, Moscow, Mumbai, Munich, Nagasaki, Nairobi, Nanjing, Naples, New Delhi, New Orleans,
New York, New York City, Newcastle, Ningbo, Osaka, Oslo, Ottawa, Oxford, Palm Beach, Paris, Perth,
Philadelphia, Phoenix, Portland, Prague, Pretoria, Pyongyang, Qingdao, Rio de Janeiro, Riyadh, Rome,
Rotterdam, Saint Petersburg, San Antonio, San Diego, San Francisco, San Jose, Santiago, São Paulo, Sao
Paulo, Seattle, Seoul, Shanghai, Shenyang, Shenzhen, Sochi, Sofia, St. Louis, St. Petersburg, Stockholm,
Strasbourg, Suzhou, Sydney, Taipei, Tallinn, Tampa, Tashkent, Tbilisi, Tehran, Tel Aviv, Tianjin, Tokyo,
Toronto, Tripoli, Tunis, Ulaanbaatar, Vancouver, Venice, Vienna, Vilnius, Warsaw, Washington, Washington DC,
Washington D.C, Wellington, Wenzhou, Wuhan, Xiamen, Xi'an, Yokohama, Zagreb, Zhengzhou, Zhuhai, Zurich,
Zürich
""")

PLACES = COUNTRIES | REGIONS | CITIES

#: Words that make a place of the name before them ("Greer County") or, some of them, after ("Lake Como").
GROUNDS = _names("""
County, City, Street, Avenue, Road, Square, River, Lake, Island, Islands, Mountain, Mountains, Mount,
Valley, Bay, Sea, Ocean, Gulf, Strait, Canal, Port, Harbour, Harbor, Airport, Province, State, Territory,
Peninsula, Desert, Palace, Park, Tower, Bridge, Station, Beach, Hill, Hills, Coast, Basin, Forest, Stadium,
Castle, Cathedral, Plaza, Airfield, Base, Village, Town, District, Region, Prefecture, Republic, Kingdom,
Empire, Rainforest
""")

#: Words that make an organisation of the name that holds them.
BODIES = _names("""
Administration, Agency, Alliance, Army, Assembly, Association, Authority, Bank, Board, Broadcasting, Bureau,
Cabinet, Chamber, Church, Club, College, Commission, Committee, Company, Conference, Congress, Corp,
Corporation, Council, Court, Customs, Delegation, Department, Federation, Force, Foundation, Fund,
Government, Group, Guard, Holdings, House, Inc, Industries, Institute, Institution, Laboratory, League, Ltd,
Ministry, Motors, Museum, Network, Office, Organisation, Organization, Parliament, Partnership, Party, Post,
Press, Railway, Reserve, School, Secretariat, Senate, Service, Services, Society, Studios, Symphony,
Systems, Team, Technologies, Treasury, Tribunal, Trust, Union, University, News, Airlines, Airways,
Semiconductor, Electronics, Times, Journal
""")

#: Words that stand before a person's name, in any case.
OFFICES = _names("""
president, premier, minister, secretary, representative, ambassador, chancellor, senator, governor, mayor,
king, queen, prince, princess, emperor, pope, bishop, archbishop, general, colonel, captain, commander,
admiral, judge, justice, professor, doctor, director, chairman, chairwoman, chair, chief, commissioner,
spokesman, spokeswoman, spokesperson, negotiator, envoy, adviser, advisor, analyst, economist, author,
actor, actress, singer, lawyer, congressman, congresswoman, deputy, leader, founder, czar, tsar, head,
executive, physicist, mathematician, chemist, engineer, scientist, historian, philosopher, composer,
architect, coach, quarterback, rapper, producer, co-founder, mr, mrs, ms, dr, sir, lord, lady, sen, rep,
gov, gen, col, capt, prof, st, saint, sec, amb, hon, duke, count, earl
""")

#: First names common enough to make a person of the capitalised words that they begin.
FIRST_NAMES = _names("""
Adam, Alan, Albert, Alexander, Alexandra, Alfred, Alice, Andrew, Andy, Angela, Ann, Anna, Anne, Anthony,
Antonio, Arnold, Arthur, Barack, Barbara, Ben, Benjamin, Bernard, Bill, Bob, Brian, Bruce, Carl, Carlos,
Catherine, Charles, Charlie, Chris, Christopher, Claire, Claude, Daniel, David, Dennis, Diana, Donald, Doug,
Douglas, Edward, Elizabeth, Emily, Emma, Eric, Ernest, Eugene, Francis, Frank, Franklin, Fred, Frederick,
Gary, George, Georges, Gerald, Gordon, Graham, Greg, Guy, Harold, Harry, Helen, Henry, Henri, Howard, Hugh,
Ian, Isaac, Jack, Jacob, Jacques, James, Jamieson, Jane, Janet, Jason, Jean, Jeff, Jennifer, Jerome, Jerry,
Jessica, Jim, Jimmy, Joan, Joe, Johann, John, Jonathan, Joseph, Juan, Julia, Julius, Karen, Karl, Kate,
Katherine, Keith, Kelly, Ken, Kenneth, Kevin, Larry, Laura, Lawrence, Leo, Leon, Leonard, Lewis, Linda,
Lisa, Louis, Luis, Luke, Marco, Margaret, Maria, Marie, Mark, Martha, Martin, Mary, Matt, Matthew, Max,
Michael, Michel, Michelle, Mike, Mohammed, Muhammad, Nancy, Nicholas, Nick, Nikola, Oliver, Oscar, Otto,
Patricia, Patrick, Paul, Peter, Phil, Philip, Pierre, Rachel, Ralph, Ray, Raymond, Rebecca, Richard, Rick,
Robert, Roger, Ron, Ronald, Roy, Ryan, Sam, Samuel, Sandra, Sarah, Scott, Sean, Simon, Stephen, Steve,
Steven, Stuart, Susan, Susie, Ted, Terry, Theodore, Thomas, Tim, Timothy, Tom, Tony, Victor, Vincent,
Vladimir, Walter, Warren, Wendy, Wilhelm, William, Woodrow
""")
